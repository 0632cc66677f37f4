//! That it makes no difference how a chunk of Chat Completions is read.

use super::{Chat, Folding, usual::Chunk};
use crate::model::{
    ModelError, OnText,
    dialect::{Api, NAMES, builtin},
    openai::events::Events,
};
use serde_json::Value;
use std::sync::{Arc, Mutex};

type Take = fn(&mut Chat, &str, &OnText) -> Result<Folding, ModelError>;

/// How often something is written, what is told, and the body or what is wrong.
type Outcome = (Vec<bool>, Vec<String>, Option<Result<Value, String>>);

fn events(stream: &str) -> Vec<String> {
    let (mut events, mut read) = (Events::default(), Vec::new());
    events.push(stream.as_bytes());
    while let Some(data) = events.next().expect("text") {
        read.push(data.to_owned());
    }
    read
}

/// Reads events to the end of the answer, those before it with `take`.
fn outcome(mut chat: Chat, events: &[String], take: Take) -> Outcome {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard: OnText = {
        let told = Arc::clone(&told);
        Arc::new(move |text| told.lock().expect("not poisoned").push(text.to_owned()))
    };
    let read = |body: Vec<u8>| serde_json::from_slice::<Value>(&body).expect("JSON");
    let (mut writes, mut end) = (Vec::new(), None);
    for data in events {
        let take = if data == "[DONE]" { Chat::take } else { take };
        match take(&mut chat, data, &heard) {
            Ok(Folding::Goes { writing }) => writes.push(writing),
            Ok(Folding::Ended(body)) => end = Some(Ok(read(body))),
            Err(error) => end = Some(Err(format!("{error:?}"))),
        }
        if end.is_some() {
            break;
        }
    }
    let end = end.or_else(|| chat.failed().map(read).map(Ok));
    (writes, told.lock().expect("not poisoned").clone(), end)
}

/// The streams that `openai/tests` has of each dialect that speaks this API.
fn streams() -> Vec<(&'static str, Vec<String>)> {
    let mut streams = vec![("openai_chat", events(include_str!("../tests/recorded/chat.sse")))];
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/model/openai/tests/dialects");
    for name in NAMES.iter().filter(|name| builtin(name).expect("known").expect("a file").api == Api::ChatCompletions) {
        let file = std::fs::read_to_string(format!("{folder}/{name}.json")).expect(name);
        let file: Value = serde_json::from_str(&file).expect(name);
        for scenario in file["scenarios"].as_object().into_iter().flat_map(|scenarios| scenarios.values()) {
            let lines: Vec<&str> =
                scenario["lines"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            if !lines.is_empty() {
                streams.push((name, events(&(lines.join("\n") + "\n\n"))));
            }
        }
    }
    streams
}

/// Chunks that are nearly of the usual shape, and what it would be wrong to lose of them.
const ODD: &[&str] = &[
    r#"{"choices":[{"delta":{"content":"a","new":[1]}}],"new":1}"#,
    r#"{"choices":[{"delta":{"content":"\u00e4\n","reasoning":null,"new":null}}],"id":null,"usage":null}"#,
    r#"{"choices":[{"delta":{"content":[{"type":"text","text":"a"}]}}],"id":7}"#,
    r#"{"choices":[{"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}"#,
    r#"{"choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"}],"model":"m"}"#,
    r#"{"choices":[{"index":"0","delta":{"content":"c","content":"d"},"finish_reason":7}]}"#,
    r#"{"choices":[{"index":-1,"delta":null}]}"#,
    r#"{"choices":[{"delta":{"role":"assistant","refusal":"n","content":""},"error":null}],"created":1e3}"#,
    r#"{"choices":[{"delta":{"role":"user","refusal":"o"},"error":false,"logprobs":[1]}],"created":2}"#,
    r#"{"choices":[{"delta":{"tool_calls":[]},"finish_reason":"\u0073top"}],"usage":{"prompt_tokens":1}}"#,
    r#"{"choices":[{"delta":{"tool_calls":[7,{"index":0,"id":"a","x":{"y":1}}]}}],"usage":{"prompt_tokens":2}}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"name":"f","arguments":"{"}}]}}]}"#,
    r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"}"}}],"content":null}}]}"#,
    r#"{"choices":[],"usage":{"prompt_tokens":3},"service_tier":"late"}"#,
    r#"{"choices":null}"#,
    "{}",
    "7",
    "[DONE]",
];

/// What ends a stream of which it is the last chunk.
const WRONG: &[&str] = &[
    "",
    "{",
    r#"{"choices":[{"delta":{"content":"a"}}]"#,
    r#"{"choices":[{"delta":{"content":"\ud800"}}]}"#,
    r#"{"choices":[{"delta":{"content":"a"},"error":{"code":502}}]}"#,
    r#"{"choices":[{"delta":{"content":"a"}}],"error":"busy"}"#,
    r#"[{"error":{"code":429}}]"#,
];

#[test]
fn a_chunk_comes_to_the_same_however_it_is_read() {
    let mut streams = streams();
    let chunks: Vec<&String> = streams.iter().flat_map(|(_, events)| events).collect();
    let usual = chunks.iter().filter(|data| Chunk::read(data).is_some()).count();
    assert!(streams.len() > 20 && 2 * usual > chunks.len(), "{usual} of {} in {}", chunks.len(), streams.len());

    let odd: Vec<String> = ODD.iter().map(|chunk| (*chunk).to_owned()).collect();
    let mut each = |events: Vec<String>| streams.push(("openai_chat", events));
    for wrong in WRONG {
        each(vec![odd[0].clone(), (*wrong).to_owned()]);
    }
    (0..odd.len()).for_each(|first| each(odd[first..].to_vec()));

    for (name, events) in &streams {
        let bend = builtin(name).expect("known").expect("a file").bend;
        for chat in [|_: &_| Chat::default(), Chat::new] {
            let as_it_is = outcome(chat(&bend), events, Chat::take);
            assert_eq!(as_it_is, outcome(chat(&bend), events, Chat::take_any), "{name}: {events:#?}");
        }
    }
}
