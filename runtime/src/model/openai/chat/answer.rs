//! A Chat Completions answer, read as items.

use super::own::{CHAT, is_nothing, thought};
use crate::model::{
    Extra, Item, ModelError, ModelErrorClass, ModelRequest, ModelResponse, Usage,
    dialect::{Bend, How, Thoughts},
    openai::error,
};
use serde_json::{Map, Value};

/// Reads the answer to `request`.
///
/// # Errors
///
/// When it failed or stopped half-way, or offers no choice.
pub(in crate::model::openai) fn read(
    mut answer: Value,
    request: &ModelRequest,
    streamed: bool,
    bend: &Bend,
) -> Result<ModelResponse, ModelError> {
    let usage = usage(&answer);
    let id = answer["id"].as_str().filter(|id| !id.trim().is_empty()).map(str::to_owned);
    let Some(mut choice) = answer.pointer_mut("/choices/0").map(Value::take) else {
        return Err(ModelError::new(ModelErrorClass::Malformed, "the answer has no `choices`"));
    };
    // OpenRouter passes on what went wrong behind it in the choice.
    if let Some(error) = error::from_inside(&choice) {
        return Err(error);
    }
    if let Some(error) = choice["finish_reason"].as_str().and_then(error::of_reason) {
        return Err(error);
    }

    let Value::Object(mut message) = choice.get_mut("message").map(Value::take).unwrap_or_default() else {
        return Err(ModelError::new(ModelErrorClass::Malformed, "the answer has no message"));
    };
    if let Some(thoughts) = &bend.thoughts {
        tell_apart(&mut message, thoughts, bend);
    }
    let mut items: Vec<Item> = thought(&message, bend).into_iter().collect();
    if let Some(refusal) = message.get("refusal").and_then(Value::as_str).filter(|text| !text.is_empty()) {
        items.push(Item::refusal(refusal));
    } else if let Some(text) = message.get("content").and_then(text) {
        let has_tools = !request.tools.is_empty();
        // Whoever was asked in words may wrap it all the same.
        let in_words = request.output.is_some() && bend.output(has_tools, streamed) != How::Schema;
        items.push(Item::assistant(if in_words { without_fence(&text) } else { &text }));
    }
    let origin = id.clone().unwrap_or_else(|| request.input.len().to_string());
    let mut ids: Vec<String> = Vec::new();
    for (index, call) in message.get("tool_calls").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let given = call["id"].as_str().filter(|id| !id.is_empty() && !ids.iter().any(|other| other == id));
        // The same when the answer is.
        let id = given.map_or_else(|| format!("call_{origin}_{index}"), str::to_owned);
        ids.push(id.clone());
        items.push(function_call(call, id));
    }
    Ok(ModelResponse { id, items, usage, cost: None, offered: None })
}

/// The text of a message, which some servers send in parts.
fn text(content: &Value) -> Option<String> {
    let text = match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

/// Takes thoughts out of a text where they stand in it.
fn tell_apart(message: &mut Map<String, Value>, thoughts: &Thoughts, bend: &Bend) {
    let mut whole = Value::Object(std::mem::take(message));
    let flag = whole.pointer_mut(&thoughts.flag).map(Value::take);
    let Value::Object(fields) = &mut whole else { return };
    if flag == Some(Value::Bool(true))
        && let (Some(Value::String(text)), Some(field)) = (fields.get("content"), bend.reasoning.first())
        && let Some(marked) = text.strip_prefix(&thoughts.open)
    {
        let (thought, text) = marked.split_once(&thoughts.close).unwrap_or((marked, ""));
        let (thought, text) = (Value::from(thought), Value::from(text));
        fields.insert(field.clone(), thought);
        fields.insert("content".to_owned(), text);
    }
    *message = std::mem::take(fields);
}

/// What stands in a code block, if that is all there is.
fn without_fence(text: &str) -> &str {
    let inside = || {
        let inner = text.trim().strip_prefix("```")?.strip_suffix("```")?;
        let (language, inner) = inner.split_once('\n')?;
        language.chars().all(char::is_alphanumeric).then_some(inner.trim())
    };
    inside().unwrap_or(text)
}

/// One tool call.
fn function_call(call: &Value, id: String) -> Item {
    let arguments = match &call["function"]["arguments"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        // Arguments as JSON rather than JSON in a string, as Ollama's own API has them.
        other => other.to_string(),
    };
    let mut item = Item::function_call(id, call["function"]["name"].as_str().unwrap_or_default(), arguments);
    let own = unknown_fields(call);
    if let Item::FunctionCall(ours) = &mut item
        && !own.is_empty()
    {
        ours.extra.insert(CHAT.to_owned(), own.into());
    }
    item
}

fn unknown_fields(call: &Value) -> Extra {
    let known = |name: &str| matches!(name, "id" | "type" | "function" | "index");
    let fields = call.as_object().into_iter().flatten();
    let fields = fields.filter(|(name, value)| !known(name) && !is_nothing(value));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn usage(answer: &Value) -> Usage {
    let count = |pointer: &str| answer.pointer(pointer).and_then(Value::as_u64);
    // DeepSeek's older name of it.
    let cached =
        count("/usage/prompt_tokens_details/cached_tokens").or_else(|| count("/usage/prompt_cache_hit_tokens"));
    Usage {
        requests: 1,
        input_tokens: count("/usage/prompt_tokens").unwrap_or_default(),
        cached_tokens: cached.unwrap_or_default(),
        output_tokens: count("/usage/completion_tokens").unwrap_or_default(),
        reasoning_tokens: count("/usage/completion_tokens_details/reasoning_tokens").unwrap_or_default(),
        ..Usage::default()
    }
}
