//! Signal-with-start.

use super::{Start, options::Way};
use crate::{
    Result,
    durable::client::{Handle, message::Message},
};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use std::{fmt, future::IntoFuture};

/// A workflow about to be started with a signal, or sent one if it is running; made by [`Start::with_signal`].
///
/// # Errors
/// Awaiting it fails as awaiting [`Start`] does, but never because the workflow is running; and when the payload does not
/// serialise or is too large.
#[must_use = "nothing is sent before this is awaited"]
pub struct StartWithSignal<'a, T, H = Handle<T>> {
    start: Start<'a, T, H>,
    signal: Message,
}

impl<'a, T, H> StartWithSignal<'a, T, H> {
    pub(super) fn new(start: Start<'a, T, H>, signal: Message) -> Self {
        Self { start, signal }
    }
}

impl<'a, T, H> IntoFuture for StartWithSignal<'a, T, H>
where
    T: DeserializeOwned + Send + 'static,
    H: From<Handle<T>> + Send + 'static,
{
    type Output = Result<H>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let client = self.start.app.client().await?;
            let ready = self.start.plan.ready(client, Way::WithSignal).await?;
            Ok(client.begin_with_signal::<T>(ready, self.signal).await?.into())
        })
    }
}

impl<T, H> fmt::Debug for StartWithSignal<'_, T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartWithSignal").field("start", &self.start).field("signal", &self.signal.name).finish()
    }
}
