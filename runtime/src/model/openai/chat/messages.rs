//! Items as the messages of Chat Completions, where the calls of one turn belong to one message.

use super::{
    content::{content, output},
    own::{CHAT, echoed},
};
use crate::model::{self, FunctionCall, Item, dialect::Bend};
use serde::Serialize;
use serde_json::{Map, Value, json};

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
    /// What the server has said in its own way, and wants back.
    #[serde(flatten)]
    own: Map<String, Value>,
}

/// The instructions and the conversation of a request.
pub(super) fn messages<'a>(instructions: Option<String>, items: &'a [Item], bend: &Bend) -> Vec<Message<'a>> {
    let mut messages = Vec::with_capacity(items.len() + 1);
    if let Some(instructions) = instructions {
        messages.push(Message::new("system", Some(instructions.into())));
    }
    // What belongs to the answer that begins with the next item.
    let mut own = Map::new();
    // What tools put out beside text. It follows the last output of the turn: between two there may be nothing.
    let mut shown = Vec::new();
    for item in items {
        if !matches!(item, Item::FunctionCallOutput(_) | Item::Other(_)) {
            show(&mut messages, &mut shown);
        }
        match item {
            Item::Message(message) => say(&mut messages, message, &mut own),
            Item::FunctionCall(call) => {
                assistant_turn(&mut messages, &mut own).tool_calls.push(tool_call(call, bend));
            }
            Item::FunctionCallOutput(answer) => {
                let (said, more) = output(answer);
                messages.push(Message { tool_call_id: Some(&answer.call_id), ..Message::new("tool", Some(said)) });
                shown.extend(more);
            }
            // Reasoning and hosted tools of servers that speak the other API have no place in this one.
            Item::Other(other) => own.extend(echoed(other, bend)),
        }
    }
    show(&mut messages, &mut shown);
    for message in messages.iter_mut().filter(|message| message.role == "assistant") {
        for field in &bend.echo_beside_calls {
            if message.tool_calls.is_empty() {
                message.own.remove(field);
            } else {
                message.own.entry(field.clone()).or_insert_with(|| "".into());
            }
        }
    }
    messages
}

impl<'a> Message<'a> {
    fn new(role: &'a str, content: Option<Value>) -> Self {
        Self { role, content, tool_calls: Vec::new(), tool_call_id: None, own: Map::new() }
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

fn say<'a>(messages: &mut Vec<Message<'a>>, message: &'a model::Message, own: &mut Map<String, Value>) {
    let content = content(message);
    if message.role == "assistant" && !own.is_empty() {
        let own = std::mem::take(own);
        return messages.push(Message { own, ..Message::new("assistant", Some(content)) });
    }
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
fn assistant_turn<'list, 'a>(
    messages: &'list mut Vec<Message<'a>>,
    own: &mut Map<String, Value>,
) -> &'list mut Message<'a> {
    if !own.is_empty() || messages.last().is_none_or(|last| last.role != "assistant") {
        messages.push(Message { own: std::mem::take(own), ..Message::new("assistant", None) });
    }
    let last = messages.len() - 1;
    &mut messages[last]
}

fn tool_call(call: &FunctionCall, bend: &Bend) -> Value {
    // Several servers parse the arguments of past calls, and refuse the request over those that are not JSON.
    let arguments = match call.arguments.trim() {
        "" => "{}".to_owned(),
        text if serde_json::from_str::<Value>(text).is_err() => json!({"unreadable": text}).to_string(),
        _ => call.arguments.clone(),
    };
    let mut wire = json!({
        "id": call.call_id,
        "type": "function",
        "function": {"name": call.name, "arguments": arguments},
    });
    let own = call.extra.get(CHAT).and_then(Value::as_object);
    for (name, value) in own.into_iter().flatten().filter(|(name, _)| bend.echoes(name)) {
        wire[name] = value.clone();
    }
    wire
}
