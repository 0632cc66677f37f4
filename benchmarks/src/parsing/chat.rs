//! An answer as OpenAI's Chat Completions API sends it, with all the fields it has there.

use super::said::{Said, obfuscation};
use serde_json::{Value, json};

const ID: &str = "chatcmpl-CnV8qXw1LrTfYb5mHs2PdCZk3vN8q";
const CREATED: u64 = 1_767_225_600;
const MODEL: &str = "gpt-4.1-2025-04-14";
const FINGERPRINT: &str = "fp_06737a9306";
const CALL: &str = "call_Zk3vN8qXw1LrTfYb5mHs2PdC";

/// The events, each as it is sent, to one who wants to hear of tokens too.
pub(super) fn events(said: &Said) -> Vec<String> {
    let delta = |delta: Value, end: Option<&str>, piece: &str| {
        let choice = json!({"index": 0, "delta": delta, "logprobs": null, "finish_reason": end});
        chunk(&[choice], &Value::Null, piece)
    };
    let mut events = Vec::new();
    let end = match said {
        Said::Text(pieces) => {
            events.push(delta(json!({"role": "assistant", "content": "", "refusal": null}), None, ""));
            events.extend(pieces.iter().map(|piece| delta(json!({"content": piece}), None, piece)));
            "stop"
        }
        Said::Call(pieces) => {
            let begun = json!({"index": 0, "id": CALL, "type": "function", "function": function("")});
            let begun = json!({"role": "assistant", "content": null, "tool_calls": [begun], "refusal": null});
            events.push(delta(begun, None, ""));
            events.extend(pieces.iter().map(|piece| {
                let call = json!({"index": 0, "function": {"arguments": piece}});
                delta(json!({"tool_calls": [call]}), None, piece)
            }));
            "tool_calls"
        }
    };
    events.push(delta(json!({}), Some(end), ""));
    events.push(chunk(&[], &usage(), ""));
    events.push("data: [DONE]\n\n".to_owned());
    events
}

/// The answer without streaming.
pub(super) fn completed(said: &Said) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null, "annotations": []});
    let end = match said {
        Said::Text(_) => {
            message["content"] = said.whole().into();
            "stop"
        }
        Said::Call(_) => {
            message["tool_calls"] = json!([{"id": CALL, "type": "function", "function": function(&said.whole())}]);
            "tool_calls"
        }
    };
    json!({
        "id": ID,
        "object": "chat.completion",
        "created": CREATED,
        "model": MODEL,
        "choices": [{"index": 0, "message": message, "logprobs": null, "finish_reason": end}],
        "usage": usage(),
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    })
}

fn chunk(choices: &[Value], usage: &Value, piece: &str) -> String {
    let chunk = json!({
        "id": ID,
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": MODEL,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
        "choices": choices,
        "usage": usage,
        "obfuscation": obfuscation(piece),
    });
    format!("data: {chunk}\n\n")
}

fn function(arguments: &str) -> Value {
    json!({"name": "write_file", "arguments": arguments})
}

fn usage() -> Value {
    let none = json!({"reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0});
    json!({
        "prompt_tokens": 61,
        "completion_tokens": 2000,
        "total_tokens": 2061,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": none,
    })
}
