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
pub struct StartWithSignal<'a, T> {
    start: Start<'a, T>,
    signal: Message,
}

impl<'a, T> StartWithSignal<'a, T> {
    pub(super) fn new(start: Start<'a, T>, signal: Message) -> Self {
        Self { start, signal }
    }
}

impl<'a, T: DeserializeOwned + Send + 'static> IntoFuture for StartWithSignal<'a, T> {
    type Output = Result<Handle<T>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let client = self.start.app.client().await?;
            let ready = self.start.plan.ready(client, Way::WithSignal).await?;
            Ok(client.begin_with_signal(ready, self.signal).await?)
        })
    }
}

impl<T> fmt::Debug for StartWithSignal<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartWithSignal").field("start", &self.start).field("signal", &self.signal.name).finish()
    }
}
