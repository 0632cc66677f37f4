//! A place in the queue and a pass for one request; each gives back what it holds when it is dropped.

use super::{Call, MINUTE, Pace, State, Waiting, headers, size};
use crate::model::{ModelError, ModelErrorClass};
use http::HeaderMap;
use std::sync::Arc;
use tokio::{sync::Mutex, time::Instant};

/// A place in the queue. A call that is cancelled leaves it, and those behind move up.
pub(super) struct Place<'a> {
    pace: &'a Pace,
    pub(super) id: u64,
    /// Where the calls of its model wait.
    pub(super) gate: Arc<Mutex<()>>,
}

impl<'a> Place<'a> {
    pub(super) fn take(pace: &'a Pace, state: &mut State, call: &Call) -> Self {
        let id = state.next_id();
        state.queue.insert(id, Waiting { call: call.clone(), at_limits: false });
        let gate = Arc::clone(&state.lane(&call.model, Instant::now()).gate);
        Self { pace, id, gate }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.pace.state().queue.remove(&self.id);
    }
}

/// The permission to send one request, and where its answer is told. It counts as in flight until its answer says how
/// much is left, else until the pass is dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    pub(super) pace: Arc<Pace>,
    pub(super) model: Arc<str>,
    pub(super) id: u64,
}

impl Pass {
    /// The head of the answer, whatever its status.
    pub(crate) fn heard(&self, headers: &HeaderMap) {
        let told = headers::read(headers);
        if told.requests.is_some() || told.tokens.is_some() {
            let now = Instant::now();
            if let Some(lane) = self.pace.state().lanes.get_mut(&self.model) {
                lane.learns(self.id, &told, now);
            }
            self.pace.changed.notify_waiters();
        }
    }

    /// The whole of an answer, which says how many tokens it took. It is read for that only where it matters.
    pub(crate) fn answered(&self, body: &[u8]) {
        let counts_tokens = self.pace.state().windows.counts_tokens();
        if let Some(tokens) = counts_tokens.then(|| size::spent(body)).flatten() {
            self.pace.state().windows.correct(self.id, tokens);
            self.pace.changed.notify_waiters();
        }
    }

    /// A failure. A provider that asks to wait means all callers of the model; others of its models may answer meanwhile.
    pub(crate) fn failed(&self, error: &ModelError) {
        let asks = matches!(error.class, ModelErrorClass::RateLimited | ModelErrorClass::Overloaded);
        // Who is to wait for longer does not wait here, but asks another model, or comes back by a timer.
        if let Some(wait) = error.retry_after.filter(|wait| asks && *wait <= MINUTE) {
            let until = Instant::now() + wait;
            if let Some(lane) = self.pace.state().lanes.get_mut(&self.model) {
                lane.block(until);
            }
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let now = Instant::now();
        if let Some(lane) = self.pace.state().lanes.get_mut(&self.model) {
            lane.ends(self.id, now);
        }
        self.pace.changed.notify_waiters();
    }
}
