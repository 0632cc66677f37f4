//! A run whose events are watched while it goes.

use super::{Running, here};
use crate::agent::{AgentOutput, Hear, Listener, Run, RunError, RunEvent};
use futures::{Stream, future::BoxFuture};
use std::{
    collections::VecDeque,
    fmt,
    future::poll_fn,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

/// A run that shows what happens in it; made by [`AgentExt::run_streamed`](crate::AgentExt::run_streamed) and
/// [`Running::streamed`].
///
/// It is a stream of [`RunEvent`]s, which [`next`](Self::next) takes one by one, and it is the run: awaited, at the end or
/// before, it gives the result. Nothing happens unless one of the two is waited for.
///
/// In a workflow the stream itself is empty, since code that acts on what it sees there could not be replayed. Whoever
/// follows the workflow has the events, by [`Handle::events`](crate::Handle::events).
#[must_use = "a run does nothing until its events or its result are waited for"]
pub struct RunStream<'a, T> {
    running: Running<'a, T>,
    /// The events that nobody has taken yet.
    events: Arc<Queue>,
    /// The result, once there is one.
    result: Option<Result<Run<T>, RunError>>,
    has_begun: bool,
}

#[derive(Default)]
struct Queue(Mutex<VecDeque<RunEvent>>);

impl Queue {
    fn take(&self) -> Option<RunEvent> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

impl Hear for Queue {
    fn hear(&self, event: RunEvent) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(event);
    }
}

impl<'a, T: AgentOutput> RunStream<'a, T> {
    pub(super) fn of(running: Running<'a, T>) -> Self {
        Self { running, events: Arc::default(), result: None, has_begun: false }
    }

    /// Waits for the next event; `None` when the run is over. Its result is had by awaiting the run itself.
    pub async fn next(&mut self) -> Option<RunEvent> {
        poll_fn(|cx| self.poll_event(cx)).await
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<RunEvent>> {
        if !std::mem::replace(&mut self.has_begun, true) {
            // Only now is it known where the run takes place.
            let queue = || Listener(Arc::<Queue>::clone(&self.events));
            let listener = here().listener().unwrap_or_else(queue);
            self.running.listened_to(listener);
        }
        if let Some(event) = self.events.take() {
            return Poll::Ready(Some(event));
        }
        if self.result.is_none()
            && let Poll::Ready(result) = Pin::new(&mut self.running).poll(cx)
        {
            self.result = Some(result);
        }
        match (self.events.take(), &self.result) {
            (Some(event), _) => Poll::Ready(Some(event)),
            (None, Some(_)) => Poll::Ready(None),
            (None, None) => Poll::Pending,
        }
    }
}

impl<T: AgentOutput> Stream for RunStream<'_, T> {
    type Item = RunEvent;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<RunEvent>> {
        self.poll_event(cx)
    }
}

impl<T> Unpin for RunStream<'_, T> {}

impl<'a, T: AgentOutput> IntoFuture for RunStream<'a, T> {
    type Output = Result<Run<T>, RunError>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    /// Goes on to the end, and takes no notice of events that were not taken.
    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move {
            loop {
                while self.next().await.is_some() {}
                if let Some(result) = self.result.take() {
                    return result;
                }
            }
        })
    }
}

impl<T> fmt::Debug for RunStream<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunStream").field("run", &self.running).finish_non_exhaustive()
    }
}
