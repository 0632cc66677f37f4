//! An answer in the events of the real APIs: word by word, and the end event last.

use super::{Asked, reply::Output, wire};
use serde_json::{Value, json};

/// The events of the answer to `asked`, each as it is sent.
pub(super) fn events(asked: &Asked, outputs: &[Output], used: Option<(usize, usize)>) -> Vec<String> {
    let answer = wire::answer(asked, outputs, used);
    if asked.is_chat() { chat(asked, &answer) } else { response(&answer) }
}

/// Text as it is streamed: a word at a time.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(' ')
}

fn response(answer: &Value) -> Vec<String> {
    let mut events = Vec::new();
    let mut say = |kind: &str, mut fields: Value| {
        fields["type"] = kind.into();
        fields["sequence_number"] = events.len().into();
        events.push(format!("event: {kind}\ndata: {fields}\n\n"));
    };
    let mut begun = answer.clone();
    (begun["status"], begun["output"], begun["usage"]) = ("in_progress".into(), json!([]), Value::Null);
    say("response.created", json!({"response": begun}));
    say("response.in_progress", json!({"response": begun}));
    for (index, item) in answer["output"].as_array().into_iter().flatten().enumerate() {
        let at = |mut fields: Value| {
            (fields["output_index"], fields["item_id"]) = (index.into(), item["id"].clone());
            fields
        };
        let mut added = item.clone();
        for (field, empty) in [("content", json!([])), ("arguments", json!("")), ("status", json!("in_progress"))] {
            if added.get(field).is_some() {
                added[field] = empty;
            }
        }
        say("response.output_item.added", json!({"output_index": index, "item": added}));
        for (place, part) in item["content"].as_array().into_iter().flatten().enumerate() {
            let in_part = |mut fields: Value| {
                fields["content_index"] = place.into();
                at(fields)
            };
            let (kind, field) =
                if part["type"] == "refusal" { ("refusal", "refusal") } else { ("output_text", "text") };
            let mut empty = part.clone();
            empty[field] = "".into();
            say("response.content_part.added", in_part(json!({"part": empty})));
            for word in words(part[field].as_str().unwrap_or_default()) {
                say(&format!("response.{kind}.delta"), in_part(json!({"delta": word})));
            }
            say(&format!("response.{kind}.done"), in_part(json!({field: part[field]})));
            say("response.content_part.done", in_part(json!({"part": part})));
        }
        if let Some(arguments) = item["arguments"].as_str() {
            for word in words(arguments) {
                say("response.function_call_arguments.delta", at(json!({"delta": word})));
            }
            say("response.function_call_arguments.done", at(json!({"arguments": arguments})));
        }
        say("response.output_item.done", json!({"output_index": index, "item": item}));
    }
    say("response.completed", json!({"response": answer}));
    events
}

fn chat(asked: &Asked, answer: &Value) -> Vec<String> {
    let chunk = |choices: Value, usage: Value| {
        json!({
            "id": answer["id"], "object": "chat.completion.chunk", "created": answer["created"], "model": answer["model"],
            "system_fingerprint": null, "choices": choices, "usage": usage,
        })
    };
    let delta = |delta: Value, end: Value| {
        chunk(json!([{"index": 0, "delta": delta, "logprobs": null, "finish_reason": end}]), Value::Null)
    };
    let message = &answer["choices"][0]["message"];
    let mut chunks = vec![delta(json!({"role": "assistant", "content": "", "refusal": null}), Value::Null)];
    for field in ["content", "refusal"] {
        for word in words(message[field].as_str().unwrap_or_default()) {
            chunks.push(delta(json!({field: word}), Value::Null));
        }
    }
    for (index, call) in message["tool_calls"].as_array().into_iter().flatten().enumerate() {
        let mut begun = call.clone();
        begun["index"] = index.into();
        begun["function"]["arguments"] = "".into();
        chunks.push(delta(json!({"tool_calls": [begun]}), Value::Null));
        for word in words(call["function"]["arguments"].as_str().unwrap_or_default()) {
            let piece = json!({"index": index, "function": {"arguments": word}});
            chunks.push(delta(json!({"tool_calls": [piece]}), Value::Null));
        }
    }
    chunks.push(delta(json!({}), answer["choices"][0]["finish_reason"].clone()));
    if asked.body["stream_options"]["include_usage"] == true {
        chunks.push(chunk(json!([]), answer["usage"].clone()));
    }
    let mut events: Vec<String> = chunks.iter().map(|chunk| format!("data: {chunk}\n\n")).collect();
    events.push("data: [DONE]\n\n".to_owned());
    events
}
