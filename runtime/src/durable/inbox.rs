//! Signals that have arrived and that nobody has taken yet.
//!
//! A signal is taken by the code that waits for it, in the moment that it goes on with it, and by nothing before:
//! what a `select!` drops because something else was quicker must still be there for the next who asks.

use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What has arrived. Clones are the same inbox.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox(Arc<Mutex<Contents>>);

#[derive(Debug, Default)]
struct Contents {
    /// What can be taken, by the signal's name, in order.
    waiting: BTreeMap<String, VecDeque<Value>>,
    /// What has arrived since the journal last looked.
    unrecorded: Vec<(String, Value)>,
}

impl Inbox {
    /// Takes in a signal.
    pub(crate) fn put(&self, name: &str, value: Value) {
        self.lock().unrecorded.push((name.to_owned(), value.clone()));
        self.repeat(name, value);
    }

    /// Takes in a signal that stands in the journal already.
    pub(crate) fn repeat(&self, name: &str, value: Value) {
        self.lock().waiting.entry(name.to_owned()).or_default().push_back(value);
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.lock().waiting.get(name).is_some_and(|waiting| !waiting.is_empty())
    }

    pub(crate) fn take(&self, name: &str) -> Option<Value> {
        self.lock().waiting.get_mut(name).and_then(VecDeque::pop_front)
    }

    /// What has arrived since this was last asked.
    pub(crate) fn take_unrecorded(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.lock().unrecorded)
    }

    /// Empties the inbox of what has arrived before anybody could look, and returns that.
    pub(crate) fn hold_back(&self) -> Vec<(String, Value)> {
        let mut contents = self.lock();
        contents.waiting.clear();
        std::mem::take(&mut contents.unrecorded)
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
