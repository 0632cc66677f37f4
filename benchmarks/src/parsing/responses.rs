//! An answer as OpenAI's Responses API sends it, with all the fields it has there.

use super::said::{Said, obfuscation};
use serde_json::{Value, json};

const ID: &str = "resp_68f2a1c04d9481908e3f7b6a5c2d1e0f0a9b8c7d6e5f4a3b";
const MESSAGE: &str = "msg_68f2a1c1b7a08190a4c3d2e1f0a9b8c70a9b8c7d6e5f4a3b";
const CALL: &str = "fc_68f2a1c1d3e48190b5a6c7d8e9f0a1b20a9b8c7d6e5f4a3b";

/// The events, each as it is sent.
pub(super) fn events(said: &Said) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    let mut tell = |kind: &str, fields: Value| {
        let event = with(json!({"type": kind, "sequence_number": events.len()}), fields);
        events.push(format!("event: {kind}\ndata: {event}\n\n"));
    };
    let begun = response("in_progress", &[], &Value::Null);
    tell("response.created", json!({"response": begun}));
    tell("response.in_progress", json!({"response": begun}));
    let whole = said.whole();
    match said {
        Said::Text(pieces) => {
            let at = |fields| with(json!({"item_id": MESSAGE, "output_index": 0, "content_index": 0}), fields);
            tell("response.output_item.added", json!({"output_index": 0, "item": message("in_progress", &[])}));
            tell("response.content_part.added", at(json!({"part": part("")})));
            for piece in pieces {
                let fields = json!({"delta": piece, "logprobs": [], "obfuscation": obfuscation(piece)});
                tell("response.output_text.delta", at(fields));
            }
            tell("response.output_text.done", at(json!({"text": whole, "logprobs": []})));
            tell("response.content_part.done", at(json!({"part": part(&whole)})));
        }
        Said::Call(pieces) => {
            let at = |fields| with(json!({"item_id": CALL, "output_index": 0}), fields);
            tell("response.output_item.added", json!({"output_index": 0, "item": call("in_progress", "")}));
            for piece in pieces {
                let fields = json!({"delta": piece, "obfuscation": obfuscation(piece)});
                tell("response.function_call_arguments.delta", at(fields));
            }
            tell("response.function_call_arguments.done", at(json!({"arguments": whole})));
        }
    }
    tell("response.output_item.done", json!({"output_index": 0, "item": item(said)}));
    tell("response.completed", json!({"response": completed(said)}));
    events
}

/// The answer without streaming.
pub(super) fn completed(said: &Said) -> Value {
    let usage = json!({
        "input_tokens": 61,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 2000,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 2061,
    });
    response("completed", &[item(said)], &usage)
}

fn response(status: &str, output: &[Value], usage: &Value) -> Value {
    json!({
        "id": ID,
        "object": "response",
        "created_at": 1_767_225_600,
        "status": status,
        "background": false,
        "completed_at": usage.is_object().then_some(1_767_225_630),
        "error": null,
        "frequency_penalty": 0.0,
        "incomplete_details": null,
        "instructions": "You answer at length.",
        "max_output_tokens": null,
        "max_tool_calls": null,
        "model": "gpt-4.1-2025-04-14",
        "output": output,
        "parallel_tool_calls": true,
        "presence_penalty": 0.0,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "prompt_cache_retention": null,
        "reasoning": {"effort": null, "summary": null},
        "safety_identifier": null,
        "service_tier": "default",
        "store": true,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "usage": usage,
        "user": null,
        "metadata": {},
    })
}

fn item(said: &Said) -> Value {
    match said {
        Said::Text(_) => message("completed", &[part(&said.whole())]),
        Said::Call(_) => call("completed", &said.whole()),
    }
}

fn message(status: &str, content: &[Value]) -> Value {
    json!({"id": MESSAGE, "type": "message", "status": status, "content": content, "role": "assistant"})
}

fn part(text: &str) -> Value {
    json!({"type": "output_text", "annotations": [], "logprobs": [], "text": text})
}

fn call(status: &str, arguments: &str) -> Value {
    json!({
        "id": CALL, "type": "function_call", "status": status, "arguments": arguments,
        "call_id": "call_Zk3vN8qXw1LrTfYb5mHs2PdC", "name": "write_file",
    })
}

fn with(mut fields: Value, more: Value) -> Value {
    if let (Value::Object(fields), Value::Object(more)) = (&mut fields, more) {
        fields.extend(more);
    }
    fields
}
