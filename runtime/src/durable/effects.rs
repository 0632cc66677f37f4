//! Effects of a workflow: each becomes a request in a queue, and the adapter answers it.
//!
//! The handle that user code carries is `Send` and touches nothing of Temporal's, whose contexts are not.

use super::inbox::Inbox;
use crate::{
    agent::{Answer, RunError},
    effects::{Boundary, Effects, Entered, ModelCall, SoFar, ToolCall},
    model::{ModelError, ModelResponse},
    tool::ToolFailure,
};
use futures::{channel::oneshot, future::BoxFuture};
use rand_pcg::{
    Pcg64Mcg,
    rand_core::{Rng as _, SeedableRng as _},
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// Something a workflow asked for, and where the answer goes.
pub(crate) enum Request {
    Model(Box<ModelCall>, Reply<Result<ModelResponse, ModelError>>),
    Tool(ToolCall, Reply<Result<Value, ToolFailure>>),
    Sleep(Duration, Reply<()>),
    /// Tells when a signal of this name is there to be taken.
    Signal(String, Reply<()>),
}

/// The way back to whoever asked.
pub(crate) struct Reply<T> {
    answer: oneshot::Sender<T>,
    pub(crate) waiting: Waiting,
}

impl<T> Reply<T> {
    pub(crate) fn send(self, answer: T) {
        // Nobody may be waiting any more, as after a `select!` that went the other way.
        let _ = self.answer.send(answer);
    }
}

/// Whether anybody still waits for an answer.
#[derive(Clone)]
pub(crate) struct Waiting(Arc<AtomicBool>);

impl Waiting {
    pub(crate) fn is_over(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Says so when it is dropped.
struct NoLongerWaiting(Waiting);

impl Drop for NoLongerWaiting {
    fn drop(&mut self) {
        self.0.0.store(true, Ordering::Relaxed);
    }
}

/// What a workflow's code and its adapter share.
pub(crate) struct Shared {
    requests: Arc<Mutex<VecDeque<Request>>>,
    inbox: Inbox,
    time: Mutex<SystemTime>,
    random: Mutex<Pcg64Mcg>,
    progress: Mutex<Option<String>>,
    runs: AtomicU64,
}

/// The adapter runs on one thread and user code never panics while it holds one of these, so a poisoned lock
/// protects nothing that could be half-written.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    /// `seed` is the workflow's own, so that replay makes the same random values.
    pub(crate) fn new(seed: u64, inbox: Inbox) -> Self {
        Self {
            requests: Arc::default(),
            inbox,
            time: Mutex::new(SystemTime::UNIX_EPOCH),
            random: Mutex::new(Pcg64Mcg::seed_from_u64(seed)),
            progress: Mutex::default(),
            runs: AtomicU64::new(0),
        }
    }

    pub(crate) fn next_request(&self) -> Option<Request> {
        lock(&self.requests).pop_front()
    }

    pub(crate) fn set_time(&self, now: SystemTime) {
        *lock(&self.time) = now;
    }

    pub(crate) fn take_progress(&self) -> Option<String> {
        lock(&self.progress).take()
    }
}

/// Asks, once it is polled, and waits for the answer.
async fn ask<T: Send + 'static>(
    requests: Arc<Mutex<VecDeque<Request>>>,
    request: impl FnOnce(Reply<T>) -> Request + Send,
) -> T {
    let (answer, answered) = oneshot::channel();
    let waiting = Waiting(Arc::default());
    let _guard = NoLongerWaiting(waiting.clone());
    lock(&requests).push_back(request(Reply { answer, waiting }));
    match answered.await {
        Ok(answer) => answer,
        // The adapter drops a request only together with the workflow; there is nothing left to wake.
        Err(oneshot::Canceled) => std::future::pending().await,
    }
}

impl Effects for Shared {
    fn enter_run(&self) -> BoxFuture<'static, Entered> {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(Entered { number, so_far: SoFar::Nothing }))
    }

    fn leave_run(&self, _: u64, _: &Result<Answer, RunError>) {}

    fn call_model(&self, call: ModelCall, _: Boundary) -> BoxFuture<'static, Result<ModelResponse, ModelError>> {
        Box::pin(ask(Arc::clone(&self.requests), |reply| Request::Model(Box::new(call), reply)))
    }

    fn call_tool(&self, call: ToolCall) -> BoxFuture<'static, Result<Value, ToolFailure>> {
        Box::pin(ask(Arc::clone(&self.requests), |reply| Request::Tool(call, reply)))
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(ask(Arc::clone(&self.requests), move |reply| Request::Sleep(duration, reply)))
    }

    fn signal(&self, name: String) -> BoxFuture<'static, Value> {
        let (requests, inbox) = (Arc::clone(&self.requests), self.inbox.clone());
        Box::pin(async move {
            loop {
                if let Some(value) = inbox.take(&name) {
                    return value;
                }
                ask(Arc::clone(&requests), |reply| Request::Signal(name.clone(), reply)).await;
            }
        })
    }

    fn now(&self) -> SystemTime {
        *lock(&self.time)
    }

    fn random(&self) -> u64 {
        lock(&self.random).next_u64()
    }

    fn progress(&self, text: String) {
        *lock(&self.progress) = Some(text);
    }
}
