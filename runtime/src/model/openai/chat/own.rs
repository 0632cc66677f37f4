//! What a server of Chat Completions says in its own way, on its way through our items: kept under one key, by which no
//! server of the other API is ever sent it.

use crate::model::{Item, dialect::Bend};
use serde_json::{Map, Value, json};

/// The key.
pub(in crate::model::openai) const CHAT: &str = "chat";

/// Fields of a message that are known; what they say, if anything, is elsewhere.
const KNOWN: [&str; 9] =
    ["role", "content", "refusal", "tool_calls", "function_call", "audio", "annotations", "images", "name"];

/// The thoughts before an answer, and whatever else its message has for the server alone. It stands before the answer's
/// other items, as reasoning does.
pub(super) fn thought(message: &Map<String, Value>, bend: &Bend) -> Option<Item> {
    let text = |name: &String| message.get(name)?.as_str().filter(|text| !text.is_empty());
    let thought = bend.reasoning.iter().find_map(|name| Some((name, text(name)?)));
    let is_ours = |name: &str| KNOWN.contains(&name) || bend.reasoning.iter().any(|field| field == name);
    let own = message.iter().filter(|(name, value)| !is_ours(name) && !is_nothing(value) && bend.echoes(name));
    let own: Map<String, Value> = own.map(|(name, value)| (name.clone(), value.clone())).collect();
    if thought.is_none() && own.is_empty() {
        return None;
    }
    let mut chat = Map::new();
    let mut item = json!({"type": "reasoning", "summary": []});
    if let Some((field, text)) = thought {
        item["content"] = json!([{"type": "reasoning_text", "text": text}]);
        chat.insert("field".to_owned(), field.as_str().into());
    }
    if !own.is_empty() {
        chat.insert("message".to_owned(), own.into());
    }
    item[CHAT] = chat.into();
    Some(Item::Other(item))
}

/// The fields of a message that an item stands for, if it is one that [`thought`] has made.
pub(super) fn echoed(item: &Value, bend: &Bend) -> Map<String, Value> {
    let Some(Value::Object(chat)) = item.get(CHAT) else { return Map::new() };
    let mut own = chat.get("message").and_then(Value::as_object).cloned().unwrap_or_default();
    if let (Some(Value::String(field)), Some(text)) = (chat.get("field"), item.pointer("/content/0/text")) {
        own.insert(field.clone(), text.clone());
    }
    own.retain(|name, _| bend.echoes(name));
    own
}

/// Whether a value says nothing.
pub(super) fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(fields) => fields.values().all(is_nothing),
        _ => false,
    }
}
