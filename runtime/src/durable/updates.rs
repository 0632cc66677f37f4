//! Updates on their way: accepted, handled, and answered to whoever has sent them.

use super::{desk::lock, limits::MAX_PAYLOAD};
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
    open: BTreeMap<u64, Open>,
}

/// An update that has no answer yet, or one that is not sent.
#[derive(Default)]
struct Open {
    answer: Option<Result<Value, BoxError>>,
    /// Whether the workflow's task has room for it.
    is_let_go: bool,
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
        contents.open.insert(number, Open::default());
        Accepted { number, updates: self.clone() }
    }

    /// Answers one, if anybody waits: an update of an earlier run was answered there.
    pub(crate) fn answer(&self, number: Option<u64>, answer: Result<Value, BoxError>) {
        let mut contents = lock(&self.0);
        if let Some(open) = number.and_then(|number| contents.open.get_mut(&number)) {
            open.answer = Some(answer);
        }
    }

    /// The next answer that is to be sent: its update's number, and about how many bytes it is.
    pub(crate) fn next_answer(&self) -> Option<(u64, usize)> {
        let contents = lock(&self.0);
        contents.open.iter().filter(|(_, open)| !open.is_let_go).find_map(|(&number, open)| {
            let bytes = match open.answer.as_ref()? {
                // What is longer is refused, or goes to a blob store.
                Ok(answer) => answer.to_string().len().min(MAX_PAYLOAD),
                Err(_) => 0,
            };
            Some((number, bytes))
        })
    }

    /// Lets an answer go.
    pub(crate) fn let_go(&self, number: u64) {
        if let Some(open) = lock(&self.0).open.get_mut(&number) {
            open.is_let_go = true;
        }
    }

    /// Whether there is an answer that is not on its way yet.
    pub(crate) fn has_unsent(&self) -> bool {
        lock(&self.0).open.values().any(|open| open.answer.is_some())
    }

    /// Whether there are any.
    pub(crate) fn is_empty(&self) -> bool {
        lock(&self.0).open.is_empty()
    }
}

impl Accepted {
    /// Whether there is an answer that can be sent.
    pub(crate) fn is_answered(&self) -> bool {
        lock(&self.updates.0).open.get(&self.number).is_some_and(|open| open.is_let_go)
    }

    /// The answer, if there is one.
    pub(crate) fn take(&self) -> Option<Result<Value, BoxError>> {
        lock(&self.updates.0).open.get_mut(&self.number).and_then(|open| open.answer.take())
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
