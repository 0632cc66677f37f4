//! What a conversation is made of: items in the shape of the Responses API, with nothing lost that a server added.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

/// Fields that this crate does not know, kept so that they can be sent back as they came
/// (Gemini, for one, wants its `thought_signature` returned).
pub type Extra = Map<String, Value>;

/// Items that a model or its server makes and that need nothing from us but to be sent back.
const HOSTED: [&str; 8] = [
    "reasoning",
    "web_search_call",
    "file_search_call",
    "code_interpreter_call",
    "image_generation_call",
    "mcp_call",
    "mcp_list_tools",
    "mcp_approval_request",
];

/// One entry of a conversation.
///
/// Items serialise to the JSON of the [Responses API](https://platform.openai.com/docs/api-reference/responses);
/// every model client translates from and to that shape.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Item {
    /// Something said by the user, the assistant, the system or the developer.
    Message(Message),
    /// A function that the model wants called.
    FunctionCall(FunctionCall),
    /// What a function call came to.
    FunctionCallOutput(FunctionCallOutput),
    /// Any other item (reasoning, hosted tools, types that do not exist yet), kept verbatim.
    Other(Value),
}

/// A message: a role and its content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Message {
    /// `"message"` where the server or this crate said so; a user's plain input may leave it out.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// The server's id of the item, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `user`, `assistant`, `system` or `developer`.
    pub role: String,
    /// What is said.
    pub content: Content,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The content of a message: a string, or parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Parts: text, refusals, images, files.
    Parts(Vec<Part>),
}

/// One part of a message's content.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Part {
    /// `output_text`, `input_text`, `refusal`, `input_image` and so on.
    #[serde(rename = "type")]
    pub kind: String,
    /// The text of a text part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The text of a refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<String>,
    /// Everything else of the part.
    #[serde(flatten)]
    pub extra: Extra,
}

/// A function call the model asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunctionCall {
    #[serde(rename = "type")]
    kind: FunctionCallKind,
    /// The server's id of the item, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Joins the call to its output.
    pub call_id: String,
    /// The name of the tool or handoff.
    pub name: String,
    /// The arguments as the model wrote them: JSON in a string, or not even that.
    pub arguments: String,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

/// The answer to a function call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct FunctionCallOutput {
    #[serde(rename = "type")]
    kind: FunctionCallOutputKind,
    /// The call this answers.
    pub call_id: String,
    /// What the model is told: a string, or a list of content parts.
    pub output: Value,
    /// Fields this crate does not know.
    #[serde(flatten)]
    pub extra: Extra,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum FunctionCallKind {
    #[serde(rename = "function_call")]
    Only,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum FunctionCallOutputKind {
    #[serde(rename = "function_call_output")]
    Only,
}

impl Item {
    /// A message of the user.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::Message(Message {
            kind: None,
            id: None,
            role: "user".into(),
            content: Content::Text(text.into()),
            extra: Extra::new(),
        })
    }

    /// A message of the assistant, as a model would have written it.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        let part = Part { kind: "output_text".into(), text: Some(text.into()), refusal: None, extra: Extra::new() };
        Self::assistant_parts(vec![part])
    }

    /// A message of the assistant that declines.
    #[must_use]
    pub fn refusal(text: impl Into<String>) -> Self {
        let part = Part { kind: "refusal".into(), text: None, refusal: Some(text.into()), extra: Extra::new() };
        Self::assistant_parts(vec![part])
    }

    fn assistant_parts(parts: Vec<Part>) -> Self {
        Self::Message(Message {
            kind: Some("message".into()),
            id: None,
            role: "assistant".into(),
            content: Content::Parts(parts),
            extra: Extra::new(),
        })
    }

    /// A call of the function `name`; `arguments` is JSON in a string.
    #[must_use]
    pub fn function_call(call_id: impl Into<String>, name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self::FunctionCall(FunctionCall {
            kind: FunctionCallKind::Only,
            id: None,
            call_id: call_id.into(),
            name: name.into(),
            arguments: arguments.into(),
            extra: Extra::new(),
        })
    }

    /// The type of an item that this crate has never heard of; such an item is kept as it is.
    pub(crate) fn unknown_type(&self) -> Option<&str> {
        let Self::Other(value) = self else { return None };
        let kind = value.get("type").and_then(Value::as_str).unwrap_or("none");
        (!HOSTED.contains(&kind)).then_some(kind)
    }

    /// The output of the call `call_id`.
    #[must_use]
    pub fn function_call_output(call_id: impl Into<String>, output: impl Into<Value>) -> Self {
        Self::FunctionCallOutput(FunctionCallOutput {
            kind: FunctionCallOutputKind::Only,
            call_id: call_id.into(),
            output: output.into(),
            extra: Extra::new(),
        })
    }
}

impl Message {
    /// The text of the message: its text parts put together.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.content {
            Content::Text(text) => text.clone(),
            Content::Parts(parts) => parts.iter().filter_map(|part| part.text.as_deref()).collect(),
        }
    }

    /// The refusal in the message, if it holds one.
    #[must_use]
    pub fn refusal(&self) -> Option<&str> {
        match &self.content {
            Content::Text(_) => None,
            Content::Parts(parts) => parts.iter().find_map(|part| part.refusal.as_deref()),
        }
    }
}

impl<'de> Deserialize<'de> for Item {
    /// Reads any JSON value: what is not one of the known shapes is kept as [`Item::Other`].
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let known = match value.get("type").and_then(Value::as_str) {
            Some("message") | None if value.get("role").is_some() => Message::deserialize(&value).map(Self::Message),
            Some("function_call") => FunctionCall::deserialize(&value).map(Self::FunctionCall),
            Some("function_call_output") => FunctionCallOutput::deserialize(&value).map(Self::FunctionCallOutput),
            _ => return Ok(Self::Other(value)),
        };
        Ok(known.unwrap_or(Self::Other(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_item_goes_back_as_it_came() {
        for wire in [
            json!({"role": "user", "content": "hi"}),
            json!({"type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
                   "content": [{"type": "output_text", "text": "hello", "annotations": []}]}),
            json!({"type": "function_call", "id": "fc_1", "call_id": "c", "name": "weather", "arguments": "{}",
                   "extra_content": {"google": {"thought_signature": "abc"}}}),
            json!({"type": "function_call_output", "call_id": "c", "output": "sunny"}),
            json!({"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "…"}),
            json!({"type": "function_call", "name": "no call id"}),
            json!("not even an object"),
        ] {
            let item: Item = serde_json::from_value(wire.clone()).expect("any JSON is an item");
            assert_eq!(serde_json::to_value(&item).expect("items serialise"), wire);
        }
    }

    #[test]
    fn a_broken_call_is_kept_verbatim() {
        let item: Item = serde_json::from_value(json!({"type": "function_call", "name": "x"})).expect("readable");
        assert!(matches!(item, Item::Other(_)));
    }
}
