//! Values in the words of a message: the same words for the same value, and not too many.

use crate::model::Digest;
use serde_json::Value;
use std::collections::BTreeMap;

/// A value in words: whole, or its beginning and a digest.
pub(super) fn shortened(value: &Value) -> String {
    const LONGEST: usize = 500;
    let text = sorted(value).to_string();
    if text.len() <= LONGEST {
        return text;
    }
    format!("{}… ({} bytes, {})", &text[..text.floor_char_boundary(LONGEST)], text.len(), Digest::of(&text))
}

/// The same with the keys of objects in order: that of a map is no difference in JSON.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let ordered: BTreeMap<&String, Value> = fields.iter().map(|(key, value)| (key, sorted(value))).collect();
            ordered.into_iter().map(|(key, value)| (key.clone(), value)).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
