//! Results that serve again: of tools that have a `cache`, by their arguments.

use super::AnyTool;
use moka::{Expiry, sync::Cache};
use serde_json::{Map, Value};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// What all results together may take, in bytes of JSON. What was used least goes first.
const MOST: u64 = 64 << 20;
/// What an entry costs beside its JSON.
const OVERHEAD: usize = 128;

/// The results that a process has kept. Clones are the same results.
#[derive(Clone, Debug)]
pub(crate) struct Results(Cache<Key, Kept>);

/// Which tool, and with which arguments.
type Key = (String, Arc<str>);

#[derive(Clone, Debug)]
struct Kept {
    result: Arc<Value>,
    bytes: usize,
    lifetime: Duration,
}

struct ByLifetime;

impl Expiry<Key, Kept> for ByLifetime {
    fn expire_after_create(&self, _: &Key, kept: &Kept, _: Instant) -> Option<Duration> {
        Some(kept.lifetime)
    }

    fn expire_after_update(&self, _: &Key, kept: &Kept, _: Instant, _: Option<Duration>) -> Option<Duration> {
        Some(kept.lifetime)
    }
}

impl Default for Results {
    fn default() -> Self {
        let weigh = |(_, arguments): &Key, kept: &Kept| {
            u32::try_from(arguments.len() + kept.bytes + OVERHEAD).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(MOST).weigher(weigh).expire_after(ByLifetime).build())
    }
}

impl Results {
    pub(super) fn find(&self, tool: &AnyTool, arguments: &Map<String, Value>) -> Option<Value> {
        self.0.get(&key(tool, arguments)).map(|kept| Value::clone(&kept.result))
    }

    pub(super) fn keep(&self, tool: &AnyTool, arguments: &Map<String, Value>, result: &Value, lifetime: Duration) {
        let bytes = result.to_string().len();
        self.0.insert(key(tool, arguments), Kept { result: Arc::new(result.clone()), bytes, lifetime });
    }
}

fn key(tool: &AnyTool, arguments: &Map<String, Value>) -> Key {
    let arguments = sorted(&Value::Object(arguments.clone())).to_string();
    (tool.identity(), arguments.into())
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
