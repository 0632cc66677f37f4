//! The way to a workflow's state, for whatever of it runs.

use crate::{runner::here, workflow::Wait};
use futures::future::{BoxFuture, FutureExt as _};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
    task::{Context, Poll, Waker},
};

/// The way to the state of a [`#[workflow] impl`](macro@crate::workflow), for its body and for handlers that wait. Clones
/// lead to the same state.
///
/// The state is lent to a closure, so nothing can hold it while it waits: what compiles cannot be changed under its feet.
///
/// ```
/// # use steadfast::{prelude::*, workflow::WorkflowContext};
/// #[derive(Default)]
/// struct Door {
///     is_open: bool,
/// }
///
/// #[workflow]
/// impl Door {
///     #[run]
///     async fn run(door: WorkflowContext<Self>) -> u32 {
///         door.until(|door| door.is_open).await;
///         door.state_mut(|door| std::mem::take(&mut door.is_open));
///         1
///     }
///
///     #[signal]
///     fn open(&mut self) {
///         self.is_open = true;
///     }
/// }
/// # fn main() {}
/// ```
pub struct WorkflowContext<S>(Arc<Kept<S>>);

struct Kept<S> {
    state: Mutex<S>,
    watchers: Mutex<Watchers>,
}

#[derive(Default)]
struct Watchers {
    /// Who waits for the state to change.
    wakers: Vec<Waker>,
    /// How many handlers have begun and not ended.
    handlers: usize,
    /// Whether it is one of them that runs at present, and not the body.
    is_handling: bool,
}

impl<S> WorkflowContext<S> {
    pub(crate) fn new(state: S) -> Self {
        Self(Arc::new(Kept { state: Mutex::new(state), watchers: Mutex::default() }))
    }

    /// Looks at the state.
    ///
    /// # Panics
    /// Within a closure that has the state already, given to this or to [`state_mut`](Self::state_mut).
    pub fn state<R>(&self, look: impl FnOnce(&S) -> R) -> R {
        look(&self.lent())
    }

    /// Changes the state. Whoever waits for it looks again.
    ///
    /// # Panics
    /// As [`state`](Self::state).
    pub fn state_mut<R>(&self, change: impl FnOnce(&mut S) -> R) -> R {
        let result = change(&mut self.lent());
        self.has_changed();
        result
    }

    fn lent(&self) -> MutexGuard<'_, S> {
        match self.0.state.try_lock() {
            Ok(state) => state,
            // A panic fails the workflow's task, which is tried again with a state made anew.
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => panic!(
                "the state is lent to a closure, and that closure asks for it again; use the `&mut` or `&` that it was given"
            ),
        }
    }

    fn has_changed(&self) {
        let wakers = std::mem::take(&mut self.watchers().wakers);
        wakers.into_iter().for_each(Waker::wake);
    }

    fn watchers(&self) -> MutexGuard<'_, Watchers> {
        self.0.watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Send + 'static> WorkflowContext<S> {
    /// Waits until the state is as `condition` says: at once, if it is. It is asked again whenever a handler or
    /// [`state_mut`](Self::state_mut) has had the state.
    ///
    /// For no longer than a certain time: `door.until(|door| door.is_open).within(minute).await`.
    pub fn until(&self, condition: impl Fn(&S) -> bool + Send + 'static) -> Wait<()> {
        let context = self.clone();
        self.wait(move || context.state(&condition))
    }

    /// Waits until no handler is at work. It is for the body, before it returns: handlers that still wait for something then
    /// are dropped where they are, and whoever has sent an update is told that the workflow has ended.
    ///
    /// # Panics
    /// In a handler, which would wait for itself; that fails the workflow's task.
    pub fn handlers_finished(&self) -> Wait<()> {
        self.is_not_handling();
        let context = self.clone();
        self.wait(move || context.watchers().handlers == 0)
    }

    /// Refuses what would never end.
    pub(in crate::workflow) fn is_not_handling(&self) {
        assert!(
            !self.watchers().is_handling,
            "a handler waits until no handler is at work, so it waits for itself; do that in the body"
        );
    }

    fn wait(&self, is_over: impl Fn() -> bool + Send + 'static) -> Wait<()> {
        let standby = here().stand_by();
        Wait::of(Until { context: self.clone(), is_over: Box::new(is_over), standby }.boxed())
    }

    pub(super) fn handler_begins(&self) {
        self.watchers().handlers += 1;
    }

    /// Runs a part of a handler.
    pub(super) fn handling<R>(&self, part: impl FnOnce() -> R) -> R {
        self.watchers().is_handling = true;
        let result = part();
        self.watchers().is_handling = false;
        result
    }

    pub(super) fn handler_ends(&self) {
        self.watchers().handlers -= 1;
        self.has_changed();
    }

    pub(in crate::workflow) fn handlers_at_work(&self) -> usize {
        self.watchers().handlers
    }
}

/// Waits for the state.
struct Until<S> {
    context: WorkflowContext<S>,
    is_over: Box<dyn Fn() -> bool + Send>,
    /// Says to whoever runs the workflow that it waits for something.
    standby: BoxFuture<'static, ()>,
}

impl<S> Future for Until<S> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if (self.is_over)() {
            return Poll::Ready(());
        }
        let mut watchers = self.context.watchers();
        if !watchers.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            watchers.wakers.push(cx.waker().clone());
        }
        drop(watchers);
        self.standby.poll_unpin(cx)
    }
}

impl<S> Clone for WorkflowContext<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for WorkflowContext<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkflowContext")
    }
}
