//! What the real APIs refuse and an agent may get wrong: calls without outputs, and outputs without calls.

use super::Asked;
use serde_json::Value;

/// Why the real API would answer 400, if it would.
pub(super) fn refusal(asked: &Asked) -> Option<String> {
    if !asked.body.is_object() {
        return Some("the body is not a JSON object".to_owned());
    }
    if asked.model().is_empty() {
        return Some("the request names no `model`".to_owned());
    }
    unpaired(asked)
}

fn unpaired(asked: &Asked) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    for item in asked.input_items() {
        let answered = match (item["type"].as_str(), item["role"].as_str()) {
            (Some("function_call"), _) => {
                open.extend(item["call_id"].as_str());
                continue;
            }
            (Some("function_call_output"), _) => &item["call_id"],
            (_, Some("tool")) => &item["tool_call_id"],
            (_, role) => {
                // A chat wants the outputs right behind their calls; the other API only wants them.
                if asked.is_chat() && !open.is_empty() {
                    break;
                }
                if role == Some("assistant") {
                    open.extend(calls_of(item));
                }
                continue;
            }
        };
        let id = answered.as_str().unwrap_or_default();
        let before = open.len();
        open.retain(|call| *call != id);
        if open.len() == before {
            return Some(format!("the output of `{id}` answers no call before it"));
        }
    }
    open.first().map(|id| format!("the call `{id}` has no output"))
}

fn calls_of(message: &Value) -> impl Iterator<Item = &str> {
    message["tool_calls"].as_array().into_iter().flatten().filter_map(|call| call["id"].as_str())
}
