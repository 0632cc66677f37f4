//! What crosses from one version to another keeps its form: what earlier versions have recorded is read, what this one records
//! they could read too, and what a later one may add is passed over.
//!
//! Each file is a list of values of one type, with every field and every variant. A field that is added goes into a file of
//! the next version's folder; the older files stay as they are.

use super::{
    activity::{Attempt, CallInfo, ModelInput, read_input},
    carried::{Packed, Part},
    journal::Moment,
    payload,
    prompt::Ask,
    streamed::{Page, Piece, Streamed},
};
use crate::{
    agent::{Answer, DynamicAgent, Interrupted, Progress, RunError, RunEvent},
    model::{Conversation, ModelError, ModelResponse},
    session::Session,
    tool::{Approval, Decision, ToolFailure, ToolOutput, Verdict},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};
use std::{fs, path::Path};
use temporalio_common::data_converters::RawValue;

/// Types that refuse what they do not know, because it may be what matters: a restriction of an agent, of a decision. A
/// model call that has more in it is left to a worker that understands it.
const STRICT: &[&str] = &["dynamic_agent", "decision", "made", "settings", "handoffs", "always", "tool_output"];

/// Keys under which there is what users or models have written, or a type of Rust's own.
const FREE: &[&str] =
    &["arguments", "metadata", "provider_options", "data", "context", "calls", "items", "whole", "rest", "by"];

/// Whether all of `part` is in `whole`, which may have more.
fn has(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| has(whole, part)))
        }
        (Value::Array(whole), Value::Array(part)) => {
            whole.len() == part.len() && whole.iter().zip(part).all(|(whole, part)| has(whole, part))
        }
        (whole, part) => whole == part,
    }
}

/// Whether a later version might add a field to such an object.
fn can_grow(object: &Map<String, Value>) -> bool {
    let is_of_std = ["secs", "secs_since_epoch"].iter().any(|key| object.contains_key(*key));
    let is_by_number = object.keys().all(|key| key.parse::<u64>().is_ok());
    // The name of a variant, or of one way of a `Result`, stands alone.
    let is_choice = object.len() == 1 && object.values().all(|value| !value.is_array());
    !is_of_std && !is_by_number && !is_choice
}

/// Adds a field to every object that a later version might add one to.
fn grown(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut more: Map<String, Value> = object
                .iter()
                .map(|(key, value)| {
                    let is_as_it_is = FREE.contains(&key.as_str()) || STRICT.contains(&key.as_str());
                    (key.clone(), if is_as_it_is { value.clone() } else { grown(value) })
                })
                .collect();
            if can_grow(object) {
                more.insert("of_a_later_version".to_owned(), json!({"a": [1]}));
            }
            Value::Object(more)
        }
        Value::Array(items) => items.iter().map(grown).collect(),
        other => other.clone(),
    }
}

/// Holds a type against its files of all versions.
fn keeps<T: Serialize + DeserializeOwned>(name: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut found = 0;
    let versions = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/durable/golden")).unwrap();
    for path in
        versions.map(|version| version.unwrap().path().join(format!("{name}.json"))).filter(|path| path.exists())
    {
        found += 1;
        let samples: Vec<Value> = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        for sample in samples {
            let again = |value: &Value| serde_json::from_str::<T>(&value.to_string()).map(|value| json!(value));
            match again(&sample) {
                Ok(written) if has(&written, &sample) => {}
                Ok(written) => wrong.push(format!("{name}: {sample}\n  is written as {written}")),
                Err(error) => wrong.push(format!("{name}: {sample}\n  is not read: {error}")),
            }
            if !STRICT.contains(&name) && name != "conversation" {
                match again(&grown(&sample)) {
                    Ok(written) if has(&written, &sample) => {}
                    Ok(written) => wrong.push(format!("{name}: {sample}\n  with more fields is written as {written}")),
                    Err(error) => wrong.push(format!("{name}: {sample}\n  with more fields is not read: {error}")),
                }
            }
        }
    }
    if found == 0 {
        wrong.push(format!("{name}: there is no file of it"));
    }
    wrong
}

#[test]
fn what_crosses_versions_keeps_its_form() {
    let wrong = [
        keeps::<Answer>("answer"),
        keeps::<Approval>("approval"),
        keeps::<Ask>("ask"),
        keeps::<Attempt>("attempt"),
        keeps::<CallInfo>("call_info"),
        keeps::<Conversation>("conversation"),
        keeps::<Decision>("decision"),
        keeps::<DynamicAgent>("dynamic_agent"),
        keeps::<Interrupted>("interrupted"),
        keeps::<ModelError>("model_error"),
        keeps::<ModelInput<'static>>("model_input"),
        keeps::<ModelResponse>("model_response"),
        keeps::<Moment>("moment"),
        keeps::<Packed>("packed"),
        keeps::<Page>("page"),
        keeps::<Part>("part"),
        keeps::<Piece>("piece"),
        keeps::<Progress>("progress"),
        keeps::<RunError>("run_error"),
        keeps::<RunEvent>("run_event"),
        keeps::<Session>("session"),
        keeps::<Streamed>("streamed"),
        keeps::<ToolFailure>("tool_failure"),
        keeps::<ToolOutput>("tool_output"),
        keeps::<Verdict>("verdict"),
    ]
    .concat();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_model_call_of_a_later_version_is_left_to_another_worker() {
    let read = |input: Value| read_input(&RawValue::new(vec![payload::encode(&input).unwrap()]));
    let mut input = json!({"agent": "A", "settings": {"top_p": 0.5}, "turn": 1, "prompt": {"whole": {"items": []}}});
    assert!(read(input.clone()).is_ok());
    input["settings"]["of_a_later_version"] = json!(1);
    let error = read(input).unwrap_err();
    assert!(error.is_retryable() && error.message.contains("unknown field `of_a_later_version`"), "{error}");
}

#[test]
fn a_field_that_is_gone_or_renamed_is_noticed() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Renamed {
        #[serde(default)]
        tries: u32,
    }
    let wrong = keeps::<Renamed>("attempt");
    assert_eq!(wrong.len(), 2, "{wrong:?}");
    assert!(has(&json!({"a": [1], "b": 2}), &json!({"a": [1]})) && !has(&json!({"a": [1, 2]}), &json!({"a": [1]})));
    let more =
        json!({"a": 1, "b": {"c": 2, "d": 3, "of_a_later_version": {"a": [1]}}, "of_a_later_version": {"a": [1]}});
    assert_eq!(grown(&json!({"a": 1, "b": {"c": 2, "d": 3}})), more);
    assert_eq!(keeps::<Renamed>("missing"), ["missing: there is no file of it"]);
}
