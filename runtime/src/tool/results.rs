//! Results that serve again: of tools that have a `cache`, by their arguments.

use super::AnyTool;
use crate::kept::Kept;
use serde_json::{Map, Value};
use std::time::Duration;

/// The results that a process has kept. Clones are the same results.
#[derive(Clone, Debug, Default)]
pub(crate) struct Results(Kept<Value>);

impl Results {
    pub(super) fn find(&self, tool: &AnyTool, arguments: &Map<String, Value>) -> Option<Value> {
        self.0.find(&key(tool, arguments))
    }

    pub(super) fn keep(&self, tool: &AnyTool, arguments: &Map<String, Value>, result: &Value, lifetime: Duration) {
        self.0.keep(key(tool, arguments), result.clone(), result.to_string().len(), lifetime);
    }
}

fn key(tool: &AnyTool, arguments: &Map<String, Value>) -> String {
    format!("{} {}", tool.identity(), sorted(&Value::Object(arguments.clone())))
}

/// The same value with the keys of its objects in order: equal arguments are equal, however a model has ordered them.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(object) => {
            let mut entries: Vec<(&String, &Value)> = object.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(key, value)| (key.clone(), sorted(value))).collect()
        }
        Value::Array(values) => values.iter().map(sorted).collect(),
        other => other.clone(),
    }
}
