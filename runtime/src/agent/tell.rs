//! What a model is told about its calls, in the words of the OpenAI Agents SDK, which models and tests know.

use crate::tool::{AnyTool, OnError, ToolFailure, ToolFailureKind, ToolOutput};
use serde_json::Value;

/// A string is told as it is, a [`ToolOutput`] as its parts, anything else as JSON.
pub(super) fn result(value: Value) -> Value {
    match ToolOutput::told(value) {
        Ok(parts) => parts,
        Err(text @ Value::String(_)) => text,
        Err(other) => other.to_string().into(),
    }
}

/// The same in words alone, for a run whose answer it is.
pub(super) fn answer(value: &Value) -> String {
    match (ToolOutput::read(value), value) {
        (Some(output), _) => output.to_text(),
        (None, Value::String(text)) => text.clone(),
        (None, other) => other.to_string(),
    }
}

pub(super) fn failure(tool: &AnyTool, failure: &ToolFailure) -> String {
    if let OnError::With(say) = tool.options().on_error {
        return say(failure);
    }
    match failure.kind {
        ToolFailureKind::TimedOut => failure.message.clone(),
        _ => format!("An error occurred while running the tool. Please try again. Error: {failure}"),
    }
}

pub(super) fn unparsable(error: &str) -> String {
    format!("An error occurred while parsing tool arguments. Please try again with valid JSON. Error: {error}")
}

pub(super) fn invalid_output(error: &serde_json::Error) -> String {
    format!("Your answer could not be read: {error}. Answer again, in the required format and with nothing else.")
}

pub(super) fn not_found(name: &str, offered: impl Iterator<Item = AnyTool>) -> String {
    let names: Vec<String> = offered.map(|tool| tool.name().to_owned()).collect();
    format!("Tool '{name}' not found. Available tools: {}.", names.join(", "))
}
