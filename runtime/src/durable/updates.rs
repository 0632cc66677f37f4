//! Updates on their way: accepted, handled, and answered to whoever has sent them.

use super::desk::lock;
use crate::workflow::BoxError;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

/// Updates that are not done with. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Updates(Arc<Mutex<Contents>>);

#[derive(Default)]
struct Contents {
    begun: u64,
    open: BTreeMap<u64, Option<Result<Value, BoxError>>>,
    /// How many answers there have been.
    answered: u64,
}

/// An update that was accepted, until this is dropped.
pub(crate) struct Accepted {
    pub(crate) number: u64,
    updates: Updates,
}

impl Updates {
    /// Takes in one that was accepted.
    pub(crate) fn accept(&self) -> Accepted {
        let mut contents = lock(&self.0);
        let number = contents.begun;
        contents.begun += 1;
        contents.open.insert(number, None);
        Accepted { number, updates: self.clone() }
    }

    /// Answers one, if anybody waits: an update of an earlier run was answered there.
    pub(crate) fn answer(&self, number: Option<u64>, answer: Result<Value, BoxError>) {
        let mut contents = lock(&self.0);
        if let Some(open) = number.and_then(|number| contents.open.get_mut(&number)) {
            *open = Some(answer);
            contents.answered += 1;
        }
    }

    /// How many answers there have been so far.
    pub(crate) fn answered(&self) -> u64 {
        lock(&self.0).answered
    }

    /// Whether there is an answer that is not on its way yet.
    pub(crate) fn has_unsent(&self) -> bool {
        lock(&self.0).open.values().any(Option::is_some)
    }

    /// Whether there are any.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.0).open.is_empty()
    }
}

impl Accepted {
    pub(crate) fn is_answered(&self) -> bool {
        lock(&self.updates.0).open.get(&self.number).is_some_and(Option::is_some)
    }

    /// The answer, if there is one.
    pub(crate) fn take(&self) -> Option<Result<Value, BoxError>> {
        lock(&self.updates.0).open.get_mut(&self.number).and_then(Option::take)
    }
}

impl Drop for Accepted {
    fn drop(&mut self) {
        lock(&self.updates.0).open.remove(&self.number);
    }
}

impl fmt::Debug for Updates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Updates")
    }
}
