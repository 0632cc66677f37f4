//! An update: a message that a workflow takes or refuses, and answers when it is done.

use super::{Handle, WorkflowError, error::Failed, message::Message, wire::Wire};
use crate::{Result, durable::payload};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use std::{fmt, future::IntoFuture, marker::PhantomData};
use temporalio_client::{
    RpcOptions, UntypedUpdate, UntypedWorkflow, WorkflowStartUpdateOptions, WorkflowUpdateHandle,
    errors::WorkflowUpdateError,
};
use temporalio_common::{data_converters::RawValue, protos::temporal::api::failure::v1::Failure};

/// The type of the failure that the server itself makes of an update whose workflow has ended.
const UNFINISHED: &str = "AcceptedUpdateCompletedWorkflow";

/// An update about to be sent: await it for its result, or only until it is [accepted](Self::accepted). Made by
/// [`Handle::update`].
///
/// While no worker has the workflow, it waits; put it under `tokio::time::timeout` where that should have an end.
#[must_use = "an update is sent when this is awaited"]
pub struct Update<R> {
    workflow: Handle<()>,
    message: Message,
    id: Option<String>,
    result: PhantomData<fn() -> R>,
}

impl<R> Update<R> {
    pub(super) fn new(workflow: Handle<()>, message: Message) -> Self {
        Self { workflow, message, id: None, result: PhantomData }
    }

    /// Names this update: one that is sent to a run again under the same id is not done again, and has the same result.
    /// So a caller that does not know whether it was heard sends it once more. The default is a UUID.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sends the update and waits until the workflow has accepted it. From then on it is in the workflow's history, and
    /// is done whatever happens to this process; the result comes later.
    ///
    /// # Errors
    /// [`WorkflowError::UpdateRejected`] if the workflow refuses it; when its argument does not serialise or is too
    /// large; or when there is no such workflow running.
    pub async fn accepted(self) -> Result<UpdateHandle<R>> {
        let Self { workflow, message, id, .. } = self;
        let name = message.name.clone();
        let input = message.arguments(&workflow.id, workflow.client.sizes.most)?;
        let wire = Wire::new(workflow.client.temporal());
        let options = WorkflowStartUpdateOptions::builder().maybe_update_id(id).build();
        let sent = workflow.current_on(wire.clone()).start_update(untyped(&name), input, options).await;
        let update = match sent {
            Ok(update) => update,
            Err(error) => return Err(interpret(&workflow, &name, error).await.into()),
        };
        let update = UpdateHandle { workflow, name, update, result: PhantomData };
        match wire.take_failure() {
            // A refusal and a failure look alike, but the server notes only what was accepted.
            Some(failure) if !update.is_noted().await? => Err(update.rejected(failure).await.into()),
            _ => Ok(update),
        }
    }
}

impl<R: DeserializeOwned + Send + 'static> IntoFuture for Update<R> {
    type Output = Result<R>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.accepted().await?.result().await })
    }
}

impl<R> fmt::Debug for Update<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Update")
            .field("workflow", &self.workflow.id)
            .field("name", &self.message.name)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// An update that a workflow has accepted; made by [`Update::accepted`].
pub struct UpdateHandle<R> {
    workflow: Handle<()>,
    name: String,
    update: WorkflowUpdateHandle<Wire, RawValue>,
    result: PhantomData<fn() -> R>,
}

impl<R> UpdateHandle<R> {
    /// An update that was sent before, by whomever, to the run that is there now.
    pub(super) fn of(workflow: Handle<()>, name: String, id: String) -> Self {
        let wire = Wire::new(workflow.client.temporal());
        let update = workflow.current_on(wire).get_update_handle(untyped(&name), id);
        Self { workflow, name, update, result: PhantomData }
    }

    /// The update's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.update.id()
    }

    /// The id of the workflow that has it.
    #[must_use]
    pub fn workflow_id(&self) -> &str {
        &self.workflow.id
    }

    /// Waits for the update's result.
    ///
    /// # Errors
    /// [`WorkflowError::UpdateFailed`] if it has failed, [`WorkflowError::UpdateUnfinished`] if the workflow ended
    /// before it was done, and when the result is no `R`.
    pub async fn result(&self) -> Result<R>
    where
        R: DeserializeOwned,
    {
        let result = self.update.get_result(RpcOptions::default()).await;
        match result {
            Ok(result) => payload::decode(result.payloads.first()).map_err(|error| {
                let message = format!("the result of the update `{}` cannot be read: {error}", self.name);
                WorkflowError::Payload { id: self.workflow.id.clone(), message }.into()
            }),
            Err(error) => Err(interpret(&self.workflow, &self.name, error).await.into()),
        }
    }

    /// Whether the server has noted the update.
    async fn is_noted(&self) -> Result<bool> {
        let noted = self.workflow.at(self.update.workflow_run_id());
        let noted = noted.get_update_handle(untyped(&self.name), self.update.id());
        match noted.get_result(RpcOptions::default()).await {
            Ok(_) | Err(WorkflowUpdateError::Failed(_)) => Ok(true),
            Err(WorkflowUpdateError::NotFound(_)) => Ok(false),
            Err(error) => Err(interpret(&self.workflow, &self.name, error).await.into()),
        }
    }

    async fn rejected(&self, failure: Failure) -> WorkflowError {
        let (id, update) = (self.workflow.id.clone(), self.name.clone());
        WorkflowError::UpdateRejected { id, update, reason: Failed::read(&self.workflow.client, failure).await.message }
    }
}

impl<R> fmt::Debug for UpdateHandle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateHandle")
            .field("workflow", &self.workflow.id)
            .field("name", &self.name)
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

fn untyped(name: &str) -> UntypedUpdate<UntypedWorkflow> {
    UntypedUpdate::new(name)
}

pub(super) async fn interpret<T>(workflow: &Handle<T>, update: &str, error: WorkflowUpdateError) -> WorkflowError {
    let (id, update) = (workflow.id.clone(), update.to_owned());
    match error {
        WorkflowUpdateError::Failed(failure) => {
            let Failed { code, message, run } = Failed::read(&workflow.client, *failure).await;
            if code == UNFINISHED {
                return WorkflowError::UpdateUnfinished { id, update };
            }
            WorkflowError::UpdateFailed { id, update, code, message, run }
        }
        WorkflowUpdateError::NotFound(status) => WorkflowError::not_found(id, &status),
        WorkflowUpdateError::Rpc(status) => WorkflowError::Server { id, message: status.message().to_owned() },
        other => WorkflowError::Server { id, message: other.to_string() },
    }
}
