//! A workflow about to be started.

use super::Handle;
use crate::{Result, app::App, durable::payload};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, future::IntoFuture, marker::PhantomData};
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// A workflow about to be started: await it, or give it an id first.
#[must_use = "a workflow starts when this is awaited"]
///
/// What awaiting it gives is a `H`: a [`Handle`], or the handle that `#[workflow] impl` makes.
pub struct Start<'a, T, H = Handle<T>> {
    app: &'a App,
    workflow: &'static str,
    input: Result<Payload, serde_json::Error>,
    id: Option<String>,
    handle: PhantomData<fn() -> (T, H)>,
}

impl<'a, T, H> Start<'a, T, H> {
    pub(crate) fn new<I: Serialize>(app: &'a App, workflow: &'static str, input: &I) -> Self {
        Self { app, workflow, input: payload::encode(input), id: None, handle: PhantomData }
    }

    /// Sets the workflow's id, by which it is found again and which no two running workflows share.
    /// The default is the workflow's name and a UUID.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }
}

impl<'a, T: DeserializeOwned + Send + 'static, H: From<Handle<T>> + Send + 'static> IntoFuture for Start<'a, T, H> {
    type Output = Result<H>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let client = self.app.client().await?;
            let id = self.id.unwrap_or_else(|| format!("{}-{}", self.workflow, uuid::Uuid::new_v4()));
            let workflow = client.begin(self.workflow, &id, self.input).await?;
            Ok(Handle::new(client.clone(), id, workflow.run_id().map(str::to_owned)).into())
        })
    }
}

impl<T, H> fmt::Debug for Start<'_, T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("workflow", &self.workflow).field("id", &self.id).finish_non_exhaustive()
    }
}
