//! Update-with-start.

use super::{Start, options::Way};
use crate::{
    Result,
    durable::client::{Handle, UpdateHandle, message::Message},
};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use std::{fmt, future::IntoFuture, marker::PhantomData};

/// A workflow about to be started with an update, or sent one if it is running; made by [`Start::with_update`]. Await it
/// for the workflow's handle and the update's result, or only until the update is [accepted](Self::accepted).
///
/// A workflow that was not there is started even if it then refuses the update. A workflow that is running gets the
/// update, unless another [`IdConflictPolicy`](crate::IdConflictPolicy) was given. While no worker has the workflow, it
/// waits.
///
/// # Errors
/// Awaiting it fails as awaiting [`Start`] and [`Update`](crate::Update) does.
#[must_use = "nothing is sent before this is awaited"]
pub struct StartWithUpdate<'a, T, R, H = Handle<T>> {
    start: Start<'a, T, H>,
    update: Message,
    id: Option<String>,
    result: PhantomData<fn() -> R>,
}

impl<'a, T, R, H> StartWithUpdate<'a, T, R, H> {
    pub(super) fn new(start: Start<'a, T, H>, update: Message) -> Self {
        Self { start, update, id: None, result: PhantomData }
    }
}

impl<T, R, H: From<Handle<T>>> StartWithUpdate<'_, T, R, H> {
    /// Names the update: one that is sent to a run again under the same id is not done again, and has the same result.
    /// The default is a UUID.
    pub fn update_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sends both, and waits until the workflow has accepted the update.
    ///
    /// # Errors
    /// As awaiting [`Start`], and as [`Update::accepted`](crate::Update::accepted).
    pub async fn accepted(self) -> Result<(H, UpdateHandle<R>)> {
        let (workflow, update) = self.send().await?;
        update.unless_rejected().await?;
        Ok((workflow, update))
    }

    async fn send(self) -> Result<(H, UpdateHandle<R>)> {
        let client = self.start.app.client().await?;
        let ready = self.start.plan.ready(client, Way::WithUpdate).await?;
        let (workflow, update) = client.begin_with_update::<T, R>(ready, self.update, self.id).await?;
        Ok((workflow.into(), update))
    }
}

impl<'a, T, R, H> IntoFuture for StartWithUpdate<'a, T, R, H>
where
    T: Send + 'static,
    R: DeserializeOwned + Send + 'static,
    H: From<Handle<T>> + Send + 'static,
{
    type Output = Result<(H, R)>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let (workflow, update) = self.send().await?;
            let result = update.result().await?;
            Ok((workflow, result))
        })
    }
}

impl<T, R, H> fmt::Debug for StartWithUpdate<'_, T, R, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartWithUpdate")
            .field("start", &self.start)
            .field("update", &self.update.name)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
