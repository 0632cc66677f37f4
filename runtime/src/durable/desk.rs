//! The desk between a workflow's code and its adapter: what the code asks for lies here until the adapter takes it, and
//! the way back to whoever asked goes with it.

use super::journal::{Journal, Outcome};
use crate::{
    WorkflowError,
    effects::{Anew, Boundary, ChildStart, Entered, ModelCall, Outgoing, SoFar, ToolCall},
    model::{ModelError, ModelResponse},
    tool::{AnyTool, Approval, Decision, ToolFailure},
};
use futures::channel::oneshot;
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Something a workflow asked for.
pub(crate) struct Request {
    /// Its place among all that the workflow's code has asked for. What an agent's run asks for has none: that belongs
    /// to the run, which has one.
    pub(crate) number: Option<u64>,
    pub(crate) what: What,
}

/// What was asked for, and where the answer goes.
pub(crate) enum What {
    Model(Box<(ModelCall, Option<Boundary>)>, Reply<Result<ModelResponse, ModelError>>),
    Tool(ToolCall, Reply<Result<Value, ToolFailure>>),
    Approval(Box<(AnyTool, Approval)>, Reply<Decision>),
    Sleep(Duration, Reply<()>),
    /// Tells when a signal of this name is there to be taken.
    Signal(String, Reply<()>),
    Child(Box<ChildStart>, Reply<Result<Value, WorkflowError>>),
    /// Starts a child, and does not wait for it; gives the number of this request, and the child's id.
    StartChild(Box<ChildStart>, Reply<Result<(u64, String), WorkflowError>>),
    /// Waits for a child, by the number of the request that has started it.
    ChildResult((u64, String), Reply<Result<Value, WorkflowError>>),
    /// Sends another workflow something.
    Send(Outgoing, Reply<Result<(), WorkflowError>>),
    /// Waits for the state to change, which the code notices by itself: there is no answer.
    State(Reply<()>),
    /// Goes on as a new run, which begins with this.
    StartOver(Value, Reply<()>),
    /// Goes on as a new run, as if that had been started so.
    Anew(Anew, Reply<()>),
    /// Tells when the workflow is to be cancelled.
    Cancelled(Reply<()>),
    /// How far a run is, asked while the workflow catches up with its past.
    Run(Reply<Entered>),
}

/// The way back to whoever asked.
pub(crate) struct Reply<T> {
    answer: oneshot::Sender<T>,
    pub(crate) waiting: Waiting,
    /// The request's number, by which the answer is written down.
    number: Option<u64>,
    desk: Arc<Desk>,
}

impl<T: Answered> Reply<T> {
    pub(crate) fn send(self, answer: T) {
        match self.number {
            Some(number) => {
                if let Some(outcome) = answer.outcome() {
                    self.desk.journal().settle(number, outcome);
                }
            }
            None => self.waiting.is_answered(&self.desk.unread),
        }
        self.repeat(answer);
    }

    /// Sends an answer that stands in the journal already.
    fn repeat(self, answer: T) {
        // Nobody may be waiting any more, as after a `select!` that went the other way.
        let _ = self.answer.send(answer);
    }
}

/// An answer, as the journal knows it.
pub(crate) trait Answered {
    fn outcome(&self) -> Option<Outcome>;
}

impl Answered for () {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Over)
    }
}

impl Answered for Result<Value, ToolFailure> {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Tool(self.clone()))
    }
}

impl Answered for Result<ModelResponse, ModelError> {
    fn outcome(&self) -> Option<Outcome> {
        None
    }
}

impl Answered for Result<Value, WorkflowError> {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Child(self.clone()))
    }
}

impl Answered for Result<(u64, String), WorkflowError> {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Started(self.clone()))
    }
}

impl Answered for Result<(), WorkflowError> {
    fn outcome(&self) -> Option<Outcome> {
        Some(Outcome::Sent(self.clone()))
    }
}

impl Answered for Decision {
    fn outcome(&self) -> Option<Outcome> {
        None
    }
}

impl Answered for Entered {
    fn outcome(&self) -> Option<Outcome> {
        None
    }
}

impl Request {
    pub(crate) fn is_over(&self) -> bool {
        match &self.what {
            What::Model(_, reply) => reply.waiting.is_over(),
            What::Tool(_, reply) => reply.waiting.is_over(),
            What::Approval(_, reply) => reply.waiting.is_over(),
            What::Sleep(_, reply)
            | What::Signal(_, reply)
            | What::State(reply)
            | What::Cancelled(reply)
            | What::StartOver(_, reply)
            | What::Anew(_, reply) => reply.waiting.is_over(),
            What::Child(_, reply) | What::ChildResult(_, reply) => reply.waiting.is_over(),
            What::StartChild(_, reply) => reply.waiting.is_over(),
            What::Send(_, reply) => reply.waiting.is_over(),
            What::Run(reply) => reply.waiting.is_over(),
        }
    }

    /// Answers as the journal says; false when that is an answer to something else.
    pub(crate) fn repeat(self, outcome: Outcome) -> bool {
        match (self.what, outcome) {
            (What::Tool(_, reply), Outcome::Tool(result)) => reply.repeat(result),
            (What::Child(_, reply) | What::ChildResult(_, reply), Outcome::Child(result)) => reply.repeat(result),
            (What::StartChild(_, reply), Outcome::Started(result)) => reply.repeat(result),
            (What::Send(_, reply), Outcome::Sent(result)) => reply.repeat(result),
            (
                What::Sleep(_, reply) | What::Signal(_, reply) | What::Cancelled(reply) | What::Anew(_, reply),
                Outcome::Over,
            ) => reply.repeat(()),
            (What::Run(reply), Outcome::Run(result)) => {
                let number = self.number.unwrap_or_default();
                reply.repeat(Entered { number, so_far: SoFar::Ended(result) });
            }
            _ => return false,
        }
        true
    }
}

/// Whether anybody still waits for an answer.
#[derive(Clone, Default)]
pub(crate) struct Waiting(Arc<WaitingState>);

#[derive(Default)]
struct WaitingState {
    is_over: AtomicBool,
    /// Whether there is an answer that nobody has read.
    is_unread: AtomicBool,
}

impl Waiting {
    /// Somebody who never gives up.
    pub(crate) fn for_ever() -> Self {
        Self::default()
    }

    /// Notes in `unread` that there is an answer, if anybody waits for it.
    fn is_answered(&self, unread: &AtomicUsize) {
        if !self.is_over() && !self.0.is_unread.swap(true, Ordering::Relaxed) {
            unread.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.0.is_over.load(Ordering::Relaxed)
    }
}

/// Says so when it is dropped: when the answer was read, or whoever asked has gone.
struct NoLongerWaiting {
    waiting: Waiting,
    desk: Arc<Desk>,
}

impl Drop for NoLongerWaiting {
    fn drop(&mut self) {
        self.waiting.0.is_over.store(true, Ordering::Relaxed);
        if self.waiting.0.is_unread.swap(false, Ordering::Relaxed) {
            self.desk.unread.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// Where workflow code puts what it asks for.
#[derive(Default)]
pub(crate) struct Desk {
    requests: Mutex<VecDeque<Request>>,
    asked: AtomicU64,
    /// Answers to what agents' runs have asked for that the code was not polled for yet. They stand in no journal: a run
    /// that was left now would be without them.
    unread: AtomicUsize,
    journal: Mutex<Journal>,
    /// What was asked for, in words, where it is held against what the code asks for when it is run again.
    notes: Mutex<Option<Vec<String>>>,
}

impl Desk {
    pub(super) fn with(journal: Journal) -> Self {
        Self { asked: AtomicU64::new(journal.first()), journal: Mutex::new(journal), ..Self::default() }
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        lock(&self.journal)
    }

    pub(crate) fn next_request(&self) -> Option<Request> {
        lock(&self.requests).pop_front()
    }

    /// Whether an agent's run has an answer that it does not know of yet.
    pub(crate) fn has_unread(&self) -> bool {
        self.unread.load(Ordering::Relaxed) > 0
    }

    /// A place among all that the code asks for. Taken when something is first polled, so that it depends on nothing
    /// but what the code was told. `what` says what it is for.
    pub(super) fn number(&self, what: impl FnOnce() -> String) -> u64 {
        self.journal().goes_on();
        if let Some(notes) = lock(&self.notes).as_mut() {
            notes.push(what());
        }
        self.asked.fetch_add(1, Ordering::Relaxed)
    }

    /// How many things were asked for.
    pub(super) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// Notes what is asked for from now on.
    pub(crate) fn take_notes(&self) {
        lock(&self.notes).get_or_insert_default();
    }

    /// What was asked for, by number, if notes were taken.
    pub(crate) fn notes(&self) -> Option<Vec<String>> {
        lock(&self.notes).clone()
    }

    /// Asks, once it is polled, and waits for the answer.
    pub(super) async fn ask<T: Send + 'static>(
        self: Arc<Self>,
        number: Option<u64>,
        what: impl FnOnce(Reply<T>) -> What + Send,
    ) -> T {
        let (answer, answered) = oneshot::channel();
        let waiting = Waiting::default();
        let _guard = NoLongerWaiting { waiting: waiting.clone(), desk: Arc::clone(&self) };
        let what = what(Reply { answer, waiting, number, desk: Arc::clone(&self) });
        lock(&self.requests).push_back(Request { number, what });
        match answered.await {
            Ok(answer) => answer,
            // The adapter drops a request only together with the workflow; there is nothing left to wake.
            Err(oneshot::Canceled) => std::future::pending().await,
        }
    }
}

/// The adapter runs on one thread and user code never panics while it holds one of these, so a poisoned lock
/// protects nothing that could be half-written.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
