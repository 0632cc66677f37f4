//! Signals that have arrived and that nobody has taken yet.
//!
//! A signal is taken by the code that waits for it, in the moment that it goes on with it, and by nothing before:
//! what a `select!` drops because something else was quicker must still be there for the next who asks.

use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What has arrived, by the signal's name, in order. Clones are the same inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox(Arc<Mutex<BTreeMap<String, VecDeque<Value>>>>);

impl Inbox {
    pub(crate) fn put(&self, name: &str, value: Value) {
        self.lock().entry(name.to_owned()).or_default().push_back(value);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.lock().get(name).is_some_and(|waiting| !waiting.is_empty())
    }

    pub(crate) fn take(&self, name: &str) -> Option<Value> {
        self.lock().get_mut(name).and_then(VecDeque::pop_front)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, VecDeque<Value>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
