//! A reply in the JSON of the real APIs.
//!
//! Everything in it follows from the request, so the same request gets the same bytes. Ids carry the turn and the
//! place in it: `msg_2_1`, `call_2_1`. Tokens are counted as one for every four bytes of JSON.

use super::{Asked, reply::Output};
use serde_json::{Value, json};

/// The time of every answer, 2026-01-01: a clock would make no two answers the same.
const CREATED: u64 = 1_767_225_600;

/// The answer to `asked`, in its API.
pub(super) fn answer(asked: &Asked, outputs: &[Output], used: Option<(usize, usize)>) -> Value {
    let turn = asked.turn() + 1;
    if asked.is_chat() { chat(asked, turn, outputs, used) } else { response(asked, turn, outputs, used) }
}

fn response(asked: &Asked, turn: usize, outputs: &[Output], used: Option<(usize, usize)>) -> Value {
    let items: Vec<Value> = (1..).zip(outputs).map(|(place, output)| item(turn, place, output)).collect();
    let (input, output) = used.unwrap_or_else(|| (tokens(&asked.body), tokens(&json!(items))));
    let echoed = |name: &str, default: Value| asked.body.get(name).cloned().unwrap_or(default);
    json!({
        "id": format!("resp_{turn}"),
        "object": "response",
        "created_at": CREATED,
        "status": "completed",
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": echoed("instructions", Value::Null),
        "max_output_tokens": echoed("max_output_tokens", Value::Null),
        "metadata": {},
        "model": asked.model(),
        "output": items,
        "parallel_tool_calls": echoed("parallel_tool_calls", true.into()),
        "previous_response_id": null,
        "reasoning": echoed("reasoning", json!({"effort": null, "summary": null})),
        "store": true,
        "temperature": echoed("temperature", 1.0.into()),
        "text": echoed("text", json!({"format": {"type": "text"}})),
        "tool_choice": echoed("tool_choice", "auto".into()),
        "tools": echoed("tools", json!([])),
        "top_p": echoed("top_p", 1.0.into()),
        "truncation": "disabled",
        "usage": {
            "input_tokens": input,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": input + output,
        },
        "user": null,
    })
}

fn item(turn: usize, place: usize, output: &Output) -> Value {
    let message = |part: Value| {
        json!({"id": format!("msg_{turn}_{place}"), "type": "message", "status": "completed", "role": "assistant",
               "content": [part]})
    };
    match output {
        Output::Text(text) => message(json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})),
        Output::Refusal(text) => message(json!({"type": "refusal", "refusal": text})),
        Output::Call { name, arguments } => json!({
            "id": format!("fc_{turn}_{place}"), "type": "function_call", "status": "completed",
            "call_id": format!("call_{turn}_{place}"), "name": name, "arguments": arguments,
        }),
        Output::Item(item) => item.clone(),
    }
}

fn chat(asked: &Asked, turn: usize, outputs: &[Output], used: Option<(usize, usize)>) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null, "annotations": []});
    let mut texts = Vec::new();
    let mut calls = Vec::new();
    for (place, output) in (1..).zip(outputs) {
        match output {
            Output::Text(text) => texts.push(text.as_str()),
            Output::Refusal(text) => message["refusal"] = text.as_str().into(),
            Output::Call { name, arguments } => calls.push(json!({
                "id": format!("call_{turn}_{place}"), "type": "function",
                "function": {"name": name, "arguments": arguments},
            })),
            Output::Item(_) => {}
        }
    }
    if !texts.is_empty() {
        message["content"] = texts.concat().into();
    }
    let finish_reason = if calls.is_empty() { "stop" } else { "tool_calls" };
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    let (input, output) = used.unwrap_or_else(|| (tokens(&asked.body), tokens(&message)));
    json!({
        "id": format!("chatcmpl-{turn}"),
        "object": "chat.completion",
        "created": CREATED,
        "model": asked.model(),
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": finish_reason}],
        "usage": {
            "prompt_tokens": input,
            "completion_tokens": output,
            "total_tokens": input + output,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
        "service_tier": "default",
        "system_fingerprint": null,
    })
}

fn tokens(value: &Value) -> usize {
    value.to_string().len().div_ceil(4)
}
