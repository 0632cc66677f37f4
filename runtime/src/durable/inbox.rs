//! Signals and updates that have arrived and that nobody has taken yet.
//!
//! A signal without a handler is taken by the code that waits for it, in the moment that it goes on with it, and by nothing
//! before: what a `select!` drops because something else was quicker must still be there for the next who asks.

use super::updates::Updates;
use crate::{
    effects::{Mailbox, Message, Reply},
    workflow::handlers::MessageNames,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Something that has arrived, as the journal knows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Arrival {
    /// Name and payload.
    Signal(String, Value),
    Update {
        update: String,
        input: Value,
        /// By which its answer finds back, if anybody still waits for one.
        #[serde(skip)]
        number: Option<u64>,
    },
}

impl Arrival {
    pub(crate) fn is_update(&self) -> bool {
        matches!(self, Self::Update { .. })
    }

    /// About how many bytes of payload it is.
    pub(crate) fn size(&self) -> usize {
        let (Self::Signal(name, input) | Self::Update { update: name, input, .. }) = self;
        name.len() + input.to_string().len()
    }
}

/// What has arrived. Clones are the same inbox.
#[derive(Clone, Debug)]
pub(crate) struct Inbox {
    contents: Arc<Mutex<Contents>>,
    /// What has a handler.
    handled: MessageNames,
    updates: Updates,
}

#[derive(Debug, Default)]
struct Contents {
    /// What can be taken, by the signal's name, in order, with its place among all that came.
    waiting: BTreeMap<String, VecDeque<(u64, Value)>>,
    /// What is for a handler, in order, with its place among all that came.
    messages: VecDeque<(u64, Arrival)>,
    /// How many have come.
    came: u64,
    /// What has arrived since the journal last looked.
    unrecorded: Vec<Arrival>,
}

impl Inbox {
    /// The inbox of a workflow that has handlers for these.
    pub(crate) fn of(names: MessageNames, updates: Updates) -> Self {
        Self { contents: Arc::default(), handled: names, updates }
    }

    /// Takes in what has arrived.
    pub(crate) fn put(&self, arrival: Arrival) {
        self.lock().unrecorded.push(arrival.clone());
        self.repeat(arrival);
    }

    /// Takes in what stands in the journal already.
    pub(crate) fn repeat(&self, arrival: Arrival) {
        let mut contents = self.lock();
        let place = contents.came;
        contents.came += 1;
        match arrival {
            Arrival::Signal(name, value) if !self.handles(&name) => {
                contents.waiting.entry(name).or_default().push_back((place, value));
            }
            message => contents.messages.push_back((place, message)),
        }
    }

    /// Whether signals of this name have a handler.
    pub(crate) fn handles(&self, name: &str) -> bool {
        self.handled.signals.contains(&name)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.lock().waiting.get(name).is_some_and(|waiting| !waiting.is_empty())
    }

    pub(crate) fn take(&self, name: &str) -> Option<Value> {
        self.lock().waiting.get_mut(name).and_then(VecDeque::pop_front).map(|(_, value)| value)
    }

    /// What has arrived since this was last asked.
    pub(crate) fn take_unrecorded(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.lock().unrecorded)
    }

    /// Whether there are handlers that change something.
    pub(crate) fn has_handlers(&self) -> bool {
        !self.handled.signals.is_empty() || !self.handled.updates.is_empty()
    }

    /// Empties the inbox of what nobody has taken, and returns that, in the order it came.
    pub(crate) fn leave(&self) -> Vec<Arrival> {
        let mut contents = self.lock();
        contents.unrecorded.clear();
        let mut left: BTreeMap<u64, Arrival> = std::mem::take(&mut contents.messages).into_iter().collect();
        for (name, signals) in std::mem::take(&mut contents.waiting) {
            left.extend(signals.into_iter().map(|(place, value)| (place, Arrival::Signal(name.clone(), value))));
        }
        left.into_values().collect()
    }

    /// Empties the inbox of what has arrived before anybody could look, and returns that.
    pub(crate) fn hold_back(&self) -> Vec<Arrival> {
        let mut contents = self.lock();
        contents.waiting.clear();
        contents.messages.clear();
        std::mem::take(&mut contents.unrecorded)
    }

    fn lock(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Mailbox for Inbox {
    fn next_message(&self) -> Option<Message> {
        let (_, arrival) = self.lock().messages.pop_front()?;
        Some(match arrival {
            Arrival::Signal(name, input) => Message { name, input, reply: None },
            Arrival::Update { update: name, input, number } => {
                let updates = self.updates.clone();
                let reply: Reply = Box::new(move |answer| updates.answer(number, answer));
                Message { name, input, reply: Some(reply) }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_left_in_the_order_it_came() {
        let names = MessageNames { signals: &["handled"], queries: &[], updates: &[] };
        let inbox = Inbox::of(names, Updates::default());
        let came = ["b", "handled", "a", "b", "handled", "a"].map(|name| Arrival::Signal(name.to_owned(), Value::Null));
        came.clone().into_iter().for_each(|arrival| inbox.put(arrival));
        assert_eq!(inbox.take_unrecorded(), came);
        assert!(inbox.take("a").is_some() && inbox.next_message().is_some());
        let left = [0, 3, 4, 5].map(|at: usize| came[at].clone());
        assert_eq!(inbox.leave(), left);
        assert!(inbox.leave().is_empty());
    }
}
