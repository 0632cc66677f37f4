//! An update: a message that a workflow takes or refuses, and answers when it is done.

use super::{Handle, WorkflowError, WorkflowStatus, failed::Failed, message::Message};
use crate::{Result, durable::payload};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use std::{fmt, future::IntoFuture, marker::PhantomData, time::Duration};
use temporalio_client::{
    NamespacedClient, RpcOptions, UntypedUpdate, UntypedWorkflow, WorkflowStartUpdateOptions, WorkflowUpdateHandle,
    errors::WorkflowUpdateError,
    grpc::WorkflowService,
    tonic::{Code, Request},
};
use temporalio_common::{
    data_converters::RawValue,
    protos::temporal::api::{
        common::v1::WorkflowExecution,
        enums::v1::UpdateWorkflowExecutionLifecycleStage,
        failure::v1::Failure,
        update::v1::{UpdateRef, WaitPolicy},
        workflowservice::v1::PollWorkflowExecutionUpdateRequest,
    },
};

/// An update as the SDK follows it.
pub(super) type Followed = WorkflowUpdateHandle<temporalio_client::Client, RawValue>;

/// The type of the failure that the server itself makes of an update whose workflow has ended.
const UNFINISHED: &str = "AcceptedUpdateCompletedWorkflow";

/// What the server says of an update that came with a workflow task which did not count, as when the workflow was about to go
/// on as a new run.
const CROSSED: &str = "unexpected workflow task failure";

/// How long is waited before such an update is sent again, in milliseconds.
const PAUSES: [u64; 5] = [50, 100, 200, 400, 800];

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
        let update = self.send().await?;
        update.unless_rejected().await?;
        Ok(update)
    }

    async fn send(self) -> Result<UpdateHandle<R>> {
        let Self { workflow, message, id, .. } = self;
        let name = message.name.clone();
        let input = message.arguments(&workflow.id, workflow.client.sizes)?;
        let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let mut pauses = PAUSES.iter();
        loop {
            let options = WorkflowStartUpdateOptions::builder().update_id(id.clone()).build();
            match workflow.current().start_update(untyped(&name), input.clone(), options).await {
                Ok(update) => return Ok(UpdateHandle::new(workflow, name, update)),
                Err(WorkflowUpdateError::Rpc(status)) if status.message().contains(CROSSED) => match pauses.next() {
                    // Under the same id it is done once, however often it comes.
                    Some(pause) => tokio::time::sleep(Duration::from_millis(*pause)).await,
                    None => return Err(interpret(&workflow, &name, WorkflowUpdateError::Rpc(status)).await.into()),
                },
                Err(error) => return Err(interpret(&workflow, &name, error).await.into()),
            }
        }
    }
}

impl<R: DeserializeOwned + Send + 'static> IntoFuture for Update<R> {
    type Output = Result<R>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.send().await?.result().await })
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
    update: Followed,
    result: PhantomData<fn() -> R>,
}

impl<R> UpdateHandle<R> {
    pub(super) fn new(workflow: Handle<()>, name: String, update: Followed) -> Self {
        Self { workflow, name, update, result: PhantomData }
    }

    /// An update that was sent before, by whomever, to the run that is there now.
    pub(super) fn of(workflow: Handle<()>, name: String, id: String) -> Self {
        let update = workflow.current().get_update_handle(untyped(&name), id);
        Self::new(workflow, name, update)
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
            Err(WorkflowUpdateError::Failed(failure)) if !self.is_noted().await? => {
                Err(self.rejected(*failure).await.into())
            }
            Err(WorkflowUpdateError::NotFound(status)) if status.message().contains("update") => {
                let (id, update) = (self.workflow.id.clone(), self.id().to_owned());
                Err(WorkflowError::NoUpdate { id, update }.into())
            }
            Err(error) => Err(interpret(&self.workflow, &self.name, error).await.into()),
        }
    }

    /// Fails if the workflow has refused the update: then the SDK knows the refusal already.
    pub(super) async fn unless_rejected(&self) -> Result<()> {
        if self.is_noted().await? {
            return Ok(());
        }
        match self.update.get_result(RpcOptions::default()).await {
            Ok(_) => Ok(()),
            Err(WorkflowUpdateError::Failed(failure)) => Err(self.rejected(*failure).await.into()),
            Err(error) => Err(interpret(&self.workflow, &self.name, error).await.into()),
        }
    }

    /// Whether the server has noted the update. To the SDK a refusal and a failure are the same, but the server notes only
    /// what was accepted.
    async fn is_noted(&self) -> Result<bool> {
        let run = self.update.workflow_run_id().unwrap_or_default();
        let workflow = WorkflowExecution { workflow_id: self.workflow.id.clone(), run_id: run.to_owned() };
        let mut client = self.workflow.client.temporal().clone();
        let request = PollWorkflowExecutionUpdateRequest {
            namespace: client.namespace(),
            identity: client.identity(),
            update_ref: Some(UpdateRef { workflow_execution: Some(workflow), update_id: self.id().to_owned() }),
            wait_policy: Some(WaitPolicy { lifecycle_stage: UpdateWorkflowExecutionLifecycleStage::Accepted.into() }),
        };
        match client.poll_workflow_execution_update(Request::new(request)).await {
            Ok(_) => Ok(true),
            Err(status) if status.code() == Code::NotFound => Ok(false),
            Err(status) => {
                let (id, message) = (self.workflow.id.clone(), status.message().to_owned());
                Err(WorkflowError::Server { id, message }.into())
            }
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

pub(super) fn untyped(name: &str) -> UntypedUpdate<UntypedWorkflow> {
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
        WorkflowUpdateError::NotFound(status) => match WorkflowError::not_found(id, &status) {
            // An update that was on its way when its workflow has ended is not found either.
            WorkflowError::NotFound { id } => match workflow.describe().await {
                Ok(described) if described.workflow.status != WorkflowStatus::Running => WorkflowError::Ended { id },
                Ok(_) => WorkflowError::Server { id, message: status.message().to_owned() },
                Err(_) => WorkflowError::NotFound { id },
            },
            other => other,
        },
        WorkflowUpdateError::Rpc(status) => WorkflowError::Server { id, message: status.message().to_owned() },
        other => WorkflowError::Server { id, message: other.to_string() },
    }
}
