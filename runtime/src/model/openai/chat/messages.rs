//! Items as the messages of Chat Completions, where the calls of one turn belong to one message.

use crate::model::{self, Content, FunctionCall, FunctionCallOutput, Item, Part};
use serde::Serialize;
use serde_json::{Value, json};

/// One message of a request.
#[derive(Serialize)]
pub(super) struct Message<'a> {
    role: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_calls: Vec<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_call_id: Option<&'a str>,
}

/// The instructions and the conversation of a request.
pub(super) fn messages<'a>(instructions: Option<&str>, items: &'a [Item]) -> Vec<Message<'a>> {
    let mut messages = Vec::with_capacity(items.len() + 1);
    if let Some(instructions) = instructions {
        messages.push(Message::new("system", Some(instructions.into())));
    }
    for item in items {
        match item {
            Item::Message(message) => say(&mut messages, message),
            Item::FunctionCall(call) => assistant_turn(&mut messages).tool_calls.push(tool_call(call)),
            Item::FunctionCallOutput(output) => messages.push(Message::output(output)),
            // Reasoning and hosted tools have no place in this API; their servers speak the other one.
            Item::Other(_) => {}
        }
    }
    messages
}

impl<'a> Message<'a> {
    fn new(role: &'a str, content: Option<Value>) -> Self {
        Self { role, content, tool_calls: Vec::new(), tool_call_id: None }
    }

    fn say_more(&mut self, content: Value) {
        match (&mut self.content, content) {
            (Some(Value::String(said)), Value::String(more)) => {
                said.push('\n');
                said.push_str(&more);
            }
            (slot, content) => *slot = Some(content),
        }
    }

    fn output(output: &'a FunctionCallOutput) -> Self {
        let content = match &output.output {
            Value::String(text) => text.as_str().into(),
            Value::Array(parts) => text_parts(parts).unwrap_or_else(|| output.output.to_string().into()),
            other => other.to_string().into(),
        };
        Self { tool_call_id: Some(&output.call_id), ..Self::new("tool", Some(content)) }
    }
}

fn say<'a>(messages: &mut Vec<Message<'a>>, message: &'a model::Message) {
    let content = content(message);
    match messages.last_mut() {
        // Text after its calls: a message between the calls and their outputs would be refused.
        Some(turn) if message.role == "assistant" && !turn.tool_calls.is_empty() => turn.say_more(content),
        // Only OpenAI knows developers, and it takes `system` for the same.
        _ if message.role == "developer" => messages.push(Message::new("system", Some(content))),
        _ => messages.push(Message::new(&message.role, Some(content))),
    }
}

/// The assistant's message that is being put together, or a new one.
fn assistant_turn<'list, 'a>(messages: &'list mut Vec<Message<'a>>) -> &'list mut Message<'a> {
    if messages.last().is_none_or(|last| last.role != "assistant") {
        messages.push(Message::new("assistant", None));
    }
    let last = messages.len() - 1;
    &mut messages[last]
}

fn tool_call(call: &FunctionCall) -> Value {
    // Several servers parse the arguments of past calls and fail over an empty string.
    let arguments = if call.arguments.trim().is_empty() { "{}" } else { &call.arguments };
    let mut wire = json!({
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    });
    for (name, value) in &call.extra {
        // The Responses API's own mark on every item, unknown here.
        if name != "status" {
            wire[name] = value.clone();
        }
    }
    wire
}

fn content(message: &model::Message) -> Value {
    match &message.content {
        Content::Text(text) => text.as_str().into(),
        Content::Parts(parts) => {
            let plain = parts.iter().all(|part| part.text.is_some() && part.refusal.is_none());
            // Many servers take nothing but a string from the assistant.
            if plain && (message.role == "assistant" || parts.len() == 1) {
                return message.text().into();
            }
            parts.iter().map(part).collect()
        }
    }
}

fn part(part: &Part) -> Value {
    if let Some(refusal) = &part.refusal {
        return json!({"type": "refusal", "refusal": refusal});
    }
    if let Some(text) = &part.text {
        return json!({"type": "text", "text": text});
    }
    let extra = Value::Object(part.extra.clone());
    match part.kind.as_str() {
        "input_image" => {
            let mut image = json!({"url": extra["image_url"]});
            if let Some(detail) = part.extra.get("detail") {
                image["detail"] = detail.clone();
            }
            json!({"type": "image_url", "image_url": image})
        }
        "input_file" => json!({"type": "file", "file": extra}),
        kind => {
            let mut whole = json!({"type": kind});
            for (name, value) in &part.extra {
                whole[name] = value.clone();
            }
            whole
        }
    }
}

/// The parts of a tool's output, where all are text; a tool message can hold nothing else.
fn text_parts(parts: &[Value]) -> Option<Value> {
    let text = |part: &Value| match part["type"].as_str() {
        Some("input_text" | "output_text" | "text") => {
            part["text"].as_str().map(|text| json!({"type": "text", "text": text}))
        }
        _ => None,
    };
    let parts: Vec<Value> = parts.iter().map(text).collect::<Option<_>>()?;
    (!parts.is_empty()).then(|| parts.into())
}
