//! Items as the messages of Chat Completions, where the calls of one turn belong to one message.

use super::content::{content, output};
use crate::model::{self, FunctionCall, Item};
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
    // What tools put out beside text. It follows the last output of the turn: between two there may be nothing.
    let mut shown = Vec::new();
    for item in items {
        if !matches!(item, Item::FunctionCallOutput(_) | Item::Other(_)) {
            show(&mut messages, &mut shown);
        }
        match item {
            Item::Message(message) => say(&mut messages, message),
            Item::FunctionCall(call) => assistant_turn(&mut messages).tool_calls.push(tool_call(call)),
            Item::FunctionCallOutput(answer) => {
                let (said, more) = output(answer);
                messages.push(Message { tool_call_id: Some(&answer.call_id), ..Message::new("tool", Some(said)) });
                shown.extend(more);
            }
            // Reasoning and hosted tools have no place in this API; their servers speak the other one.
            Item::Other(_) => {}
        }
    }
    show(&mut messages, &mut shown);
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

/// Shows in a message of the user what no message of a tool can hold.
fn show(messages: &mut Vec<Message<'_>>, shown: &mut Vec<Value>) {
    if !shown.is_empty() {
        messages.push(Message::new("user", Some(std::mem::take(shown).into())));
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
