//! Sagas: steps that are undone, last first, when a later one fails.

mod error;

pub use error::{StepNotUndone, UndoError};

use super::{Cancelled, cancel::Droppable, cancelled, shield};
use crate::{
    Error, Result,
    runner::ToolRun,
    tool::{Tool, ToolFailure},
};
use futures::future::{BoxFuture, Either, select};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, ready},
};

/// What has to be done to undo the steps of a workflow, collected as they succeed.
///
/// ```no_run
/// # use steadfast::prelude::*;
/// # #[activity]
/// # async fn reserve(seat: String) -> Result<u32, ToolError> { Ok(7) }
/// # #[activity(retries = 20)]
/// # async fn release(reservation: u32) -> Result<(), ToolError> { Ok(()) }
/// # #[activity]
/// # async fn charge(euros: u32) -> Result<String, ToolError> { Ok(String::new()) }
/// #[workflow]
/// async fn checkout(seat: String) -> Result<String> {
///     let saga = workflow::Saga::new();
///     let reservation = reserve::call(seat).await?;
///     saga.compensate(release::call(reservation)); // made only if it is needed
///     match charge::call(120).await {
///         Ok(receipt) => Ok(receipt),
///         Err(declined) => Err(saga.undo_after(declined).await),
///     }
/// }
/// # fn main() {}
/// ```
///
/// [`saga::run`](run) is shorter where the whole is to be undone after any error.
///
/// Clones share what was collected, so that branches that run side by side can each add to it. In a workflow it is as durable
/// as any variable: when a worker dies in the middle of the undoing, another goes on with it, and what was undone is not
/// undone again. A `Saga` that is dropped undoes nothing, and a workflow that is cancelled is dropped where it is, unless it hears
/// of it ([`cancelled()`]), as [`saga::run`](run) does.
///
/// # When to register a compensation
///
/// A call that has failed may have done its work all the same: it may have timed out, or its worker was lost. Where that
/// matters, register the compensation before the call, and make it one that does no harm where there is nothing to undo.
#[derive(Clone, Default)]
#[must_use = "a saga undoes nothing by itself"]
pub struct Saga(Arc<Mutex<Vec<Compensation>>>);

/// One step back.
struct Compensation {
    step: String,
    undo: BoxFuture<'static, Result<()>>,
}

/// A compensation that is being made. One that is dropped before it is over goes back to where it was.
struct Taken {
    compensation: Option<Compensation>,
    saga: Saga,
}

impl Future for Taken {
    type Output = Result<(), StepNotUndone>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Some(Compensation { undo, .. }) = &mut self.compensation else { return Poll::Pending };
        let ended = ready!(undo.as_mut().poll(cx));
        let step = self.compensation.take().map(|done| done.step).unwrap_or_default();
        Poll::Ready(ended.map_err(|error| StepNotUndone { step, error }))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.saga.steps().extend(self.compensation.take());
    }
}

impl Saga {
    /// A saga of no steps.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers the call of a tool or an activity, to be made if the saga is undone; until then it is not. It is retried as
    /// its attribute or the call says: `retries = 20` is no bad idea, for nobody undoes in its place.
    pub fn compensate<T, A, O>(&self, call: ToolRun<T, A, O>)
    where
        T: Tool,
        ToolRun<T, A, O>: Future<Output = Result<O, ToolFailure>> + Send + 'static,
    {
        self.compensate_with(T::DEF.name, call);
    }

    /// Registers anything else that is to be done: several calls, a wait between them, an agent's run. `step` is what a
    /// [`StepNotUndone`] calls it by.
    pub fn compensate_with<T, E>(
        &self,
        step: impl Into<String>,
        undo: impl IntoFuture<Output = Result<T, E>, IntoFuture: Send + 'static>,
    ) where
        E: Into<Error>,
    {
        let undo = undo.into_future();
        let undo = async { undo.await.map(drop).map_err(Into::into) };
        self.steps().push(Compensation { step: step.into(), undo: Box::pin(undo) });
    }

    /// Forgets all that was registered so far: what was done is not to be undone any more.
    pub fn commit(&self) {
        let done = std::mem::take(&mut *self.steps());
        // Whatever is in them is dropped when nobody is held up by it.
        drop(done);
    }

    /// Undoes all that was registered, one after the other, last first; of what cannot be undone it says so at the end, when
    /// everything else is. Then nothing is registered any more.
    ///
    /// If the workflow is cancelled meanwhile, what is left is not undone, unless this is within a
    /// [`shield`], as it is in [`saga::run`](run).
    ///
    /// The future owns what it does, and does not begin before it is awaited. If it is dropped in the middle, what it was at stays
    /// registered and on its way, and another `undo` goes on with it.
    ///
    /// # Errors
    /// The future gives an [`UndoError`] that names each step that could not be undone, and says why.
    #[must_use = "nothing is undone before this is awaited"]
    pub fn undo(&self) -> BoxFuture<'static, Result<(), UndoError>> {
        let saga = self.clone();
        Box::pin(async move {
            let (mut all, mut not_undone) = (0, Vec::new());
            // What is registered while this goes on is undone as well.
            while let Some(last) = saga.take_last() {
                all += 1;
                if let Err(not) = last.await {
                    tracing::warn!(step = not.step, error = %not.error, "a step could not be undone");
                    not_undone.push(not);
                }
            }
            if not_undone.is_empty() { Ok(()) } else { Err(UndoError { not_undone, all, after: None }) }
        })
    }

    /// Undoes all that was registered, as [`undo`](Self::undo) does, and gives the error that the workflow is to end with:
    /// `error` itself, or an [`UndoError`] that has it as its source.
    #[must_use = "nothing is undone before this is awaited"]
    pub fn undo_after(&self, error: impl Into<Error>) -> BoxFuture<'static, Error> {
        let (undo, error) = (self.undo(), error.into());
        Box::pin(async move {
            match undo.await {
                Ok(()) => error,
                Err(undo) => Error::Undo(UndoError { after: Some(Box::new(error)), ..undo }),
            }
        })
    }

    fn take_last(&self) -> Option<Taken> {
        let last = self.steps().pop()?;
        Some(Taken { compensation: Some(last), saga: self.clone() })
    }

    fn steps(&self) -> MutexGuard<'_, Vec<Compensation>> {
        // Nothing that panics is done while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs `body`, and undoes what it has registered if it ends with an error, or the workflow is cancelled: then the body is
/// dropped where it is, or where its last [`shield`] ends, and the error is [`Cancelled`].
///
/// ```no_run
/// # use steadfast::{prelude::*, workflow::saga};
/// # #[activity]
/// # async fn reserve(seat: String) -> Result<u32, ToolError> { Ok(7) }
/// # #[activity(retries = 20)]
/// # async fn release(reservation: u32) -> Result<(), ToolError> { Ok(()) }
/// # #[activity]
/// # async fn charge(euros: u32) -> Result<String, ToolError> { Ok(String::new()) }
/// #[workflow]
/// async fn checkout(seat: String) -> Result<String> {
///     saga::run(|saga| async move {
///         let reservation = reserve::call(seat).await?;
///         saga.compensate(release::call(reservation));
///         Ok(charge::call(120).await?)
///     })
///     .await
/// }
/// # fn main() {}
/// ```
///
/// # Errors
/// That of the body; or [`Error::Undo`], with the body's error as its source, when not all could be undone.
pub async fn run<T, F>(body: impl FnOnce(Saga) -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let saga = Saga::new();
    let mut body = Droppable::new(body(saga.clone()));
    let ended = match select(&mut body, cancelled()).await {
        Either::Left((ended, _)) => Some(ended),
        Either::Right(((), _)) => body.unshielded().await,
    };
    // What it waited for is called off before anything is undone.
    drop(body);
    let ended = ended.unwrap_or_else(|| Err(Cancelled.into()));
    match ended {
        Ok(value) => Ok(value),
        // Half undone is worse than either, so nobody can cancel this.
        Err(error) => Err(shield(saga.undo_after(error)).await),
    }
}

impl fmt::Debug for Saga {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.steps().iter().map(|compensation| &compensation.step)).finish()
    }
}

#[cfg(test)]
mod tests;
