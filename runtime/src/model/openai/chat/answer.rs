//! A Chat Completions answer, read as items.

use crate::model::{
    Extra, Item, ModelError, ModelErrorClass, ModelRequest, ModelResponse, Usage,
    openai::error::{self, incomplete},
};
use serde_json::Value;

/// Reads the answer to `request`.
///
/// # Errors
///
/// When it failed or stopped half-way, or offers no choice.
pub(in crate::model::openai) fn read(answer: &Value, request: &ModelRequest) -> Result<ModelResponse, ModelError> {
    let Some(choice) = answer.pointer("/choices/0") else {
        return Err(ModelError::new(ModelErrorClass::Malformed, "the answer has no `choices`"));
    };
    // OpenRouter passes on what went wrong behind it in the choice.
    if let Some(error) = error::from_inside(choice) {
        return Err(error);
    }
    if let Some(reason @ ("length" | "content_filter")) = choice["finish_reason"].as_str() {
        return Err(incomplete(reason));
    }

    let id = answer["id"].as_str().filter(|id| !id.is_empty()).map(str::to_owned);
    let message = &choice["message"];
    let mut items = Vec::new();
    if let Some(refusal) = message["refusal"].as_str().filter(|text| !text.is_empty()) {
        items.push(Item::refusal(refusal));
    } else if let Some(text) = text(&message["content"]) {
        items.push(Item::assistant(text));
    }
    let origin = id.clone().unwrap_or_else(|| request.input.len().to_string());
    for (index, call) in message["tool_calls"].as_array().into_iter().flatten().enumerate() {
        items.push(function_call(call, || format!("call_{origin}_{index}")));
    }
    Ok(ModelResponse { id, items, usage: usage(answer), cost: None })
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

/// One tool call. Servers that give it no id get one from `new_id`, which is the same when the answer is.
fn function_call(call: &Value, new_id: impl FnOnce() -> String) -> Item {
    let call_id = call["id"].as_str().filter(|id| !id.is_empty()).map_or_else(new_id, str::to_owned);
    let arguments = match &call["function"]["arguments"] {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        // Arguments as JSON rather than JSON in a string, as Ollama's own API has them.
        other => other.to_string(),
    };
    let mut item = Item::function_call(call_id, call["function"]["name"].as_str().unwrap_or_default(), arguments);
    if let Item::FunctionCall(ours) = &mut item {
        ours.extra = unknown_fields(call);
    }
    item
}

fn unknown_fields(call: &Value) -> Extra {
    let known = |name: &str| matches!(name, "id" | "type" | "function");
    let fields = call.as_object().into_iter().flatten().filter(|(name, _)| !known(name));
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn usage(answer: &Value) -> Usage {
    let count = |pointer: &str| answer.pointer(pointer).and_then(Value::as_u64).unwrap_or_default();
    Usage {
        requests: 1,
        input_tokens: count("/usage/prompt_tokens"),
        cached_tokens: count("/usage/prompt_tokens_details/cached_tokens"),
        output_tokens: count("/usage/completion_tokens"),
        reasoning_tokens: count("/usage/completion_tokens_details/reasoning_tokens"),
        ..Usage::default()
    }
}
