//! Calling things off: the whole workflow, from outside; a part of it, by itself.

use super::Wait;
use crate::runner::here;
use futures::future::{Either, FutureExt as _, select};
use std::{
    cell::RefCell,
    fmt,
    future::{Future, poll_fn},
    pin::{Pin, pin},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

/// Ready when somebody has asked to cancel the workflow.
///
/// A workflow that does not ask is dropped where it is, as any Rust future: destructors run, and what it waits for is
/// cancelled. One that waits for this is told instead, goes on, and ends as it likes: with [`Cancelled`] as its error, it ends
/// as cancelled.
///
/// ```
/// # use steadfast::{prelude::*, workflow::{self, Cancelled, select}};
/// # #[agent(model = "m")] struct Planner;
/// # /// Cancels what was booked.
/// # #[tool] fn cancel_bookings(trip: String) {}
/// #[workflow]
/// async fn plan(trip: String) -> Result<String> {
///     select! {
///         run = Planner.run(&trip) => Ok(run?.output),
///         () = workflow::cancelled() => {
///             cancel_bookings::call(trip).await?;
///             Err(Cancelled.into())
///         }
///     }
/// }
/// # fn main() {}
/// ```
///
/// All who wait for it are told, and who asks later, at once. From then on nothing drops the workflow any more, and it has to
/// end by itself. Outside a workflow it is never ready.
pub fn cancelled() -> Wait<()> {
    Wait::of(here().cancelled())
}

/// The error of a workflow that ends because it was cancelled: `Err(Cancelled.into())`. The server then has it as cancelled,
/// and not as failed. Also what a [`CancelScope`] gives that was called off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it was cancelled")]
pub struct Cancelled;

/// Lets `future` end, once it has begun, although the workflow is cancelled meanwhile. It is for what has to be whole: a
/// payment and its receipt, or undoing something. When the last of these is over, a workflow that was cancelled is dropped. It
/// does not keep the workflow itself from dropping `future`, by a `select!` or a [`CancelScope`]; but a
/// [`saga::run`](super::saga::run) around it begins to undo only after it.
///
/// ```
/// # use steadfast::prelude::*;
/// # #[activity] async fn charge(euros: u32) -> Result<String, ToolError> { Ok(euros.to_string()) }
/// # #[activity] async fn book_entry(receipt: String) -> Result<(), ToolError> { Ok(()) }
/// #[workflow]
/// async fn pay(euros: u32) -> Result<()> {
///     workflow::shield(async {
///         let receipt = charge::call(euros).await?;
///         book_entry::call(receipt).await
///     })
///     .await?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub async fn shield<F: IntoFuture>(future: F) -> F::Output {
    let (_shield, _held) = (here().shield(), Held::by_all());
    future.await
}

thread_local! {
    /// Those within which something is polled right now.
    static POLLED: RefCell<Vec<Arc<AtomicUsize>>> = const { RefCell::new(Vec::new()) };
}

/// Something that is dropped when the workflow is cancelled, but not before what it has shielded is over.
pub(super) struct Droppable<F> {
    future: Pin<Box<F>>,
    shields: Arc<AtomicUsize>,
}

impl<F: Future> Droppable<F> {
    pub(super) fn new(future: F) -> Self {
        Self { future: Box::pin(future), shields: Arc::default() }
    }

    /// Goes on until nothing in it is shielded any more; gives what it comes to, if that is first.
    pub(super) async fn unshielded(&mut self) -> Option<F::Output> {
        poll_fn(|cx| {
            // Shields come and go while this is polled, and only then.
            if self.shields.load(Ordering::Relaxed) == 0 {
                return Poll::Ready(None);
            }
            match self.poll_unpin(cx) {
                Poll::Ready(output) => Poll::Ready(Some(output)),
                Poll::Pending if self.shields.load(Ordering::Relaxed) == 0 => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }
}

impl<F: Future> Future for Droppable<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        POLLED.with_borrow_mut(|polled| polled.push(Arc::clone(&self.shields)));
        let _after = After;
        self.future.as_mut().poll(cx)
    }
}

/// Takes back what was pushed, even when the code panics.
struct After;

impl Drop for After {
    fn drop(&mut self) {
        POLLED.with_borrow_mut(Vec::pop);
    }
}

/// A shield, as those know of it that would drop what it protects.
struct Held(Vec<Arc<AtomicUsize>>);

impl Held {
    fn by_all() -> Self {
        let held = POLLED.with_borrow(Clone::clone);
        for shields in &held {
            shields.fetch_add(1, Ordering::Relaxed);
        }
        Self(held)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for shields in &self.0 {
            shields.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

/// A part of a workflow that can be called off by itself, from another branch or a handler. Clones are the same.
///
/// ```
/// # use steadfast::{prelude::*, workflow::CancelScope};
/// # #[agent(model = "m")] struct Writer;
/// #[derive(Default)]
/// struct Desk {
///     writing: CancelScope,
/// }
///
/// #[workflow]
/// impl Desk {
///     #[run]
///     async fn run(desk: WorkflowContext<Self>, topic: String) -> Result<Option<String>> {
///         let writing = desk.state(|desk| desk.writing.clone());
///         match writing.run(Writer.run(&topic)).await {
///             Ok(run) => Ok(Some(run?.output)),
///             Err(_cancelled) => Ok(None),
///         }
///     }
///
///     #[signal]
///     fn stop(&mut self) {
///         self.writing.cancel();
///     }
/// }
/// # fn main() {}
/// ```
///
/// What is called off is dropped: its activities are cancelled, and a model's socket is closed. A scope within another one
/// goes with it.
#[derive(Clone, Default)]
pub struct CancelScope(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_cancelled: bool,
    wakers: Vec<Waker>,
}

impl CancelScope {
    /// A new one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs `future` until it is over or the scope is called off.
    ///
    /// # Errors
    /// [`Cancelled`], when the scope is called off before or meanwhile.
    pub async fn run<F: IntoFuture>(&self, future: F) -> Result<F::Output, Cancelled> {
        match select(pin!(self.cancelled()), pin!(future.into_future())).await {
            Either::Left(((), _)) => Err(Cancelled),
            Either::Right((output, _)) => Ok(output),
        }
    }

    /// Calls it off, for good.
    pub fn cancel(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.is_cancelled = true;
        let wakers = std::mem::take(&mut state.wakers);
        drop(state);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Whether it was called off.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).is_cancelled
    }

    fn cancelled(&self) -> impl Future<Output = ()> + use<> {
        CalledOff(self.clone()).fuse()
    }
}

struct CalledOff(CancelScope);

impl Future for CalledOff {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut state = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_cancelled {
            return Poll::Ready(());
        }
        if !state.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }
}

impl fmt::Debug for CancelScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelScope").field("is_cancelled", &self.is_cancelled()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_scope_that_is_called_off_drops_what_it_runs() {
        let scope = CancelScope::new();
        assert_eq!(scope.run(async { 1 }).await, Ok(1));
        let dropped = Arc::new(());
        let held = Arc::clone(&dropped);
        let waiting = scope.run(async move {
            std::future::pending::<()>().await;
            drop(held);
        });
        let (ended, ()) = futures::join!(waiting, async { scope.clone().cancel() });
        assert_eq!(ended, Err(Cancelled));
        assert_eq!(Arc::strong_count(&dropped), 1);
        assert_eq!(scope.run(async { 1 }).await, Err(Cancelled), "for good");
    }
}
