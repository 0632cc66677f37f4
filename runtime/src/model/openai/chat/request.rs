//! The body of a Chat Completions request.

use super::messages::{Message, messages};
use crate::model::{
    Item, ModelError, ModelErrorClass, ModelRequest, OutputFormat, ToolChoice, ToolDefinition,
    dialect::{Bend, How, MaxTokens, Setting},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The body of a request. What is unset is left out: a `null` is an error to some servers.
#[derive(Serialize)]
pub(in crate::model::openai) struct Body<'a> {
    model: &'a str,
    messages: Vec<Message<'a>>,
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
    max_completion_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_tokens: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_format: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_effort: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<&'a BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stream: Option<bool>,
    /// Else a stream says nothing of tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    stream_options: Option<Value>,
    #[serde(flatten)]
    provider_options: Option<&'a Map<String, Value>>,
}

#[derive(Serialize)]
struct Tool<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    description: &'a str,
    parameters: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    strict: Option<bool>,
}

impl<'a> Body<'a> {
    /// Refuses what Chat Completions has no words for.
    ///
    /// # Errors
    ///
    /// When a tool is to run at the provider.
    pub(in crate::model::openai) fn check(request: &ModelRequest) -> Result<(), ModelError> {
        let Some(tool) = request.hosted.first() else { return Ok(()) };
        let message = format!(
            "the model `{}` is reached by Chat Completions, which has no hosted tools, and the agent lists `{}`; use a \
             provider of the Responses API, or leave the tool out",
            request.model, tool.kind
        );
        Err(ModelError::new(ModelErrorClass::Configuration, message))
    }

    /// `items` are those of the request's conversation.
    pub(in crate::model::openai) fn of(
        request: &'a ModelRequest,
        items: &'a [Item],
        streams: bool,
        bend: &Bend,
    ) -> Self {
        let settings = &request.settings;
        // The API refuses both settings where there is no tool to apply them to.
        let has_tools = !request.tools.is_empty();
        let provider_options = settings.provider_options.as_ref();
        let ours = |key: &str| provider_options.is_none_or(|theirs| !theirs.contains_key(key));
        let how = bend.output(has_tools, streams);
        let format = request.output.as_deref();
        let instructions = instructions(request.instructions.as_deref(), format.filter(|_| how != How::Schema));
        // Both names are of one setting.
        let limit = settings.max_tokens.filter(|_| ours("max_tokens") && ours("max_completion_tokens"));
        let named = |name| limit.filter(|_| bend.max_tokens == name);
        Self {
            model: &request.model,
            messages: messages(instructions, items, bend),
            tools: request.tools.iter().map(|tool| Tool::of(tool, bend)).collect(),
            tool_choice: settings.tool_choice.as_ref().filter(|_| has_tools && ours("tool_choice")).map(tool_choice),
            parallel_tool_calls: settings.parallel_tool_calls.filter(|_| has_tools && ours("parallel_tool_calls")),
            temperature: settings.temperature.filter(|_| ours("temperature")),
            top_p: settings.top_p.filter(|_| ours("top_p")),
            max_completion_tokens: named(MaxTokens::MaxCompletionTokens),
            max_tokens: named(MaxTokens::MaxTokens),
            response_format: format.filter(|_| ours("response_format")).and_then(|format| response_format(format, how)),
            reasoning_effort: settings.reasoning.as_deref().filter(|_| ours("reasoning_effort")),
            metadata: settings.metadata.as_ref().filter(|_| ours("metadata")),
            stream: streams.then_some(true),
            stream_options: (streams && ours("stream_options") && !bend.lacks(Setting::StreamUsage))
                .then(|| json!({"include_usage": true})),
            provider_options,
        }
    }
}

impl<'a> Tool<'a> {
    fn of(tool: &'a ToolDefinition, bend: &Bend) -> Self {
        let ToolDefinition { name, description, parameters, strict } = tool;
        let strict = (!bend.lacks(Setting::Strict)).then_some(*strict);
        Self { kind: "function", function: Function { name, description, parameters, strict } }
    }
}

/// The agent's instructions, with the format of its answer where that has to be told in words.
fn instructions(own: Option<&str>, format: Option<&OutputFormat>) -> Option<String> {
    let format = format.map(|format| {
        format!(
            "Answer with nothing but JSON, without a code block, that keeps to this JSON schema:\n{}",
            format.schema
        )
    });
    match (own, format) {
        (Some(own), Some(format)) => Some(format!("{own}\n\n{format}")),
        (own, format) => format.or_else(|| own.map(str::to_owned)),
    }
}

fn tool_choice(choice: &ToolChoice) -> Value {
    match choice {
        ToolChoice::Auto => "auto".into(),
        ToolChoice::Required => "required".into(),
        ToolChoice::None => "none".into(),
        ToolChoice::Function(name) => json!({"type": "function", "function": {"name": name}}),
        // Nothing hosted comes this far, see `Body::check`.
        ToolChoice::Hosted(kind) => json!({"type": kind}),
    }
}

fn response_format(format: &OutputFormat, how: How) -> Option<Value> {
    match how {
        How::Schema => Some(json!({
            "type": "json_schema",
            "json_schema": {"name": format.name, "schema": format.schema, "strict": true},
        })),
        How::Json => Some(json!({"type": "json_object"})),
        How::Words => None,
    }
}
