//! The Responses API: our request in its JSON, its answer in our items.

use super::{chat::CHAT, error};
use crate::{
    model::{
        Conversation, Item, ModelError, ModelErrorClass, ModelRequest, ModelResponse, OutputFormat, ToolChoice,
        ToolDefinition, Usage,
    },
    tool::hosted::Hosted,
};
use serde::{Deserialize, Serialize, Serializer, ser::SerializeSeq as _};
use serde_json::{Map, Value, json, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};

/// The body of a request. What is unset is left out: a `null` is an error to some servers.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    model: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    input: Sent<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_choice: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_output_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    #[serde(flatten)]
    provider_options: Option<Cow<'a, Map<String, Value>>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Tool<'a> {
    Function {
        #[serde(rename = "type")]
        kind: &'static str,
        #[serde(flatten)]
        function: &'a ToolDefinition,
    },
    Hosted(&'a Hosted),
}

impl<'a> Body<'a> {
    pub(super) fn of(request: &'a ModelRequest, streams: bool) -> Self {
        let settings = &request.settings;
        // The API refuses both settings where there is no tool to apply them to.
        let has_tools = !(request.tools.is_empty() && request.hosted.is_empty());
        let provider_options = settings.provider_options.as_ref();
        let ours = |key: &str| provider_options.is_none_or(|theirs| !theirs.contains_key(key));
        Self {
            model: &request.model,
            instructions: request.instructions.as_deref(),
            input: Sent(&request.input),
            tools: tools(request),
            tool_choice: settings
                .tool_choice
                .as_ref()
                .filter(|_| has_tools && ours("tool_choice"))
                .map(|choice| tool_choice(choice, request)),
            parallel_tool_calls: settings.parallel_tool_calls.filter(|_| has_tools && ours("parallel_tool_calls")),
            temperature: settings.temperature.filter(|_| ours("temperature")),
            top_p: settings.top_p.filter(|_| ours("top_p")),
            max_output_tokens: settings.max_tokens.filter(|_| ours("max_output_tokens")),
            text: request.output.as_deref().filter(|_| ours("text")).map(text),
            reasoning: settings
                .reasoning
                .as_ref()
                .filter(|_| ours("reasoning"))
                .map(|effort| json!({"effort": effort})),
            metadata: settings.metadata.as_ref().filter(|_| ours("metadata")),
            stream: streams.then_some(true),
            provider_options: provider_options.map(|theirs| with_format(theirs, request.output.as_deref())),
        }
    }
}

/// A conversation without what only servers of the other API understand.
struct Sent<'a>(&'a Conversation);

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        let mut written = Ok(());
        // In a text the quotation marks would be escaped, so this is a key, and nearly never there.
        let mark = format!("\"{CHAT}\":");
        self.0.visit_from(0, |item| {
            if written.is_ok() {
                written = if item.get().contains(&mark) {
                    without_chat(item).map_or(Ok(()), |item| list.serialize_element(&item))
                } else {
                    list.serialize_element(item)
                };
            }
        });
        written?;
        list.end()
    }
}

/// The item without what a server of Chat Completions has said of its own; nothing, if it is a thought of that server's.
fn without_chat(item: &RawValue) -> Option<Value> {
    let mut item: Value = serde_json::from_str(item.get()).ok()?;
    let had = item.as_object_mut().is_some_and(|fields| fields.remove(CHAT).is_some());
    (!had || item["type"] != "reasoning").then_some(item)
}

/// The functions, then what runs at the provider, then the handoffs, as the OpenAI Agents SDK has them.
fn tools(request: &ModelRequest) -> Vec<Tool<'_>> {
    let (own, handoffs) = request.tools.split_at(request.tools.len().saturating_sub(request.handoffs));
    let function = |function| Tool::Function { kind: "function", function };
    let hosted = request.hosted.iter().map(Tool::Hosted);
    own.iter().map(function).chain(hosted).chain(handoffs.iter().map(function)).collect()
}

fn tool_choice(choice: &ToolChoice, request: &ModelRequest) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Function(name) => json!({"type": "function", "name": name}),
        ToolChoice::Hosted(kind) => {
            let tool = request.hosted.iter().find(|tool| tool.kind == kind.as_ref());
            match tool.and_then(|tool| tool.options.get("server_label")) {
                // There may be several MCP servers, so the API wants to know which; it is the first.
                Some(label) => json!({"type": kind, "server_label": label}),
                None => json!({"type": kind}),
            }
        }
    }
}

/// The user's own options. Whoever sets how talkative a text is, in the field that has its format too, has not meant to do
/// without that.
fn with_format<'a>(theirs: &'a Map<String, Value>, format: Option<&OutputFormat>) -> Cow<'a, Map<String, Value>> {
    match (theirs.get("text"), format) {
        (Some(Value::Object(own)), Some(format)) if !own.contains_key("format") => {
            let mut all = theirs.clone();
            all["text"]["format"] = text(format)["format"].take();
            Cow::Owned(all)
        }
        _ => Cow::Borrowed(theirs),
    }
}

fn text(format: &OutputFormat) -> Value {
    json!({"format": {"type": "json_schema", "name": format.name, "schema": format.schema, "strict": true}})
}

/// Reads an answer.
///
/// # Errors
///
/// When it failed or stopped half-way, or has no output at all.
pub(super) fn read(mut answer: Value) -> Result<ModelResponse, ModelError> {
    match answer.get("status").and_then(Value::as_str) {
        // With a reason it would not have come this far: `error::check_success` sees to that.
        Some("failed") => return Err(ModelError::new(ModelErrorClass::Server, "the response failed without a reason")),
        // Only a response in the background, which is never asked for, should come back unfinished.
        Some(status @ ("incomplete" | "cancelled" | "in_progress" | "queued")) => {
            let reason = answer.pointer("/incomplete_details/reason").and_then(Value::as_str);
            return Err(error::incomplete(reason.unwrap_or(status)));
        }
        _ => {}
    }

    let unreadable = |what: &str| ModelError::new(ModelErrorClass::Malformed, format!("the answer has no {what}"));
    let usage = usage(&answer);
    let id = answer.get("id").and_then(Value::as_str).map(str::to_owned);
    let Some(Value::Array(output)) = answer.get_mut("output").map(Value::take) else {
        return Err(unreadable("`output`"));
    };
    let items = output.into_iter().map(Item::deserialize).collect::<Result<_, _>>();
    Ok(ModelResponse { id, items: items.map_err(|_| unreadable("readable items"))?, usage, cost: None, offered: None })
}

fn usage(answer: &Value) -> Usage {
    let count = |pointer: &str| answer.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    Usage {
        requests: 1,
        input_tokens: count("/usage/input_tokens"),
        cached_tokens: count("/usage/input_tokens_details/cached_tokens"),
        output_tokens: count("/usage/output_tokens"),
        reasoning_tokens: count("/usage/output_tokens_details/reasoning_tokens"),
        ..Usage::default()
    }
}
