//! Signals that have arrived and that nobody has taken yet.

use serde_json::Value;
use std::collections::{BTreeMap, VecDeque};

/// What has arrived, by the signal's name, in order.
#[derive(Debug, Default)]
pub(crate) struct Inbox(BTreeMap<String, VecDeque<Value>>);

impl Inbox {
    pub(crate) fn put(&mut self, name: &str, value: Value) {
        self.0.entry(name.to_owned()).or_default().push_back(value);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|waiting| !waiting.is_empty())
    }

    pub(crate) fn take(&mut self, name: &str) -> Option<Value> {
        self.0.get_mut(name).and_then(VecDeque::pop_front)
    }
}

/// The state of a workflow, as far as those who wait for its signals are concerned.
pub(crate) trait HasInbox: 'static {
    fn inbox(&self) -> &Inbox;
    fn inbox_mut(&mut self) -> &mut Inbox;
}
