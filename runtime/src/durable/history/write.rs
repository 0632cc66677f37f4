//! Writes a history as protobuf's JSON, which Temporal's UI and all SDKs read.

use super::names;
use serde_json::{Map, Value};
use temporalio_common::protos::temporal::api::enums::v1::{EventType, TaskQueueKind};

/// Fields whose values are in that form already, and may have keys of a user's.
const AS_IT_IS: &[&str] = &[
    "details",
    "failure",
    "fields",
    "header",
    "indexed_fields",
    "input",
    "last_completion_result",
    "memo",
    "metadata",
    "nexus_header",
    "result",
    "search_attributes",
    "user_metadata",
];

/// What a message of Rust's types is in protobuf's JSON.
pub(super) fn proto_json(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(fields.into_iter().fold(Map::new(), |mut written, (field, value)| {
            match (field.as_str(), value) {
                (_, Value::Null) => {}
                (field, value) if AS_IT_IS.contains(&field) => drop(written.insert(names::camel(field), value)),
                // One of several fields, which stands beside the others.
                (_, Value::Object(chosen)) if is_choice(&chosen) => {
                    written.extend(chosen.into_iter().map(|(name, value)| (uncapital(&name), proto_json(value))));
                }
                ("event_type", value) => {
                    let of_number = |number| EventType::try_from(i32::try_from(number).ok()?).ok();
                    let name = value.as_i64().and_then(of_number).map(|event| event.as_str_name().into());
                    written.insert("eventType".to_owned(), name.unwrap_or(value));
                }
                (field, value) => {
                    let value = proto_json(value);
                    if !is_default(&value) {
                        written.insert(names::camel(field), value);
                    }
                }
            }
            written
        })),
        Value::Array(items) => Value::Array(items.into_iter().map(proto_json).collect()),
        other => other,
    }
}

/// Takes out who it was: a process and its host. Queues that only a process has are named after it too.
pub(super) fn without_identities(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let is_sticky = fields.get("kind").and_then(Value::as_i64) == Some(TaskQueueKind::Sticky as i64);
            for (field, value) in fields {
                match (field.as_str(), value) {
                    ("identity", value @ Value::String(_)) => *value = "someone".into(),
                    ("name", value) if is_sticky => *value = "sticky".into(),
                    (field, _) if AS_IT_IS.iter().any(|known| names::camel(known) == field) => {}
                    (_, value) => without_identities(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(without_identities),
        _ => {}
    }
}

/// Whether it is one field of several: Rust's types name it as they name a type.
fn is_choice(value: &Map<String, Value>) -> bool {
    value.len() == 1 && value.keys().all(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()))
}

fn is_default(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Number(value) => value.as_f64() == Some(0.0),
        Value::String(value) => value.is_empty(),
        Value::Array(items) => items.is_empty(),
        // A message that is there and empty is another thing than one that is not there.
        Value::Object(_) => false,
    }
}

fn uncapital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}
