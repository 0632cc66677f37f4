//! Starts workflows and follows them, typed.

mod error;
mod handle;
mod message;
mod query;
mod start;
mod update;
mod wire;

pub(crate) use error::Failed;
pub use error::WorkflowError;
pub use handle::Handle;
pub use query::Query;
pub use start::Start;
pub use update::{Update, UpdateHandle};

use super::{Connected, RunningServer, payload, sizes::Sizes};
use crate::Result;
use serde::Serialize;
use std::{fmt, sync::Arc};
use temporalio_client::{UntypedWorkflow, WorkflowHandle, WorkflowStartOptions, errors::WorkflowStartError};
use temporalio_common::{data_converters::RawValue, protos::temporal::api::common::v1::Payload};

/// A connection to a server, for one task queue. Cloning is cheap.
#[derive(Clone)]
pub struct Client {
    connected: Arc<Connected>,
    task_queue: String,
    sizes: Sizes,
}

impl Client {
    pub(crate) fn new(connected: Connected, task_queue: String, sizes: Sizes) -> Self {
        Self { connected: Arc::new(connected), task_queue, sizes }
    }

    /// The server, as `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.connected.address
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.connected.namespace
    }

    /// The address of the server's UI, where it is known.
    #[must_use]
    pub fn ui(&self) -> Option<&str> {
        self.connected.ui.as_deref()
    }

    /// The process of the local dev server, if that is what this is connected to.
    #[must_use]
    pub fn dev_server_pid(&self) -> Option<u32> {
        self.connected.server.as_ref().and_then(RunningServer::pid)
    }

    /// The task queue workflows are started on.
    #[must_use]
    pub fn task_queue(&self) -> &str {
        &self.task_queue
    }

    /// The handle of a workflow with this id whose result is a `T`.
    pub fn handle<T>(&self, id: impl Into<String>) -> Handle<T> {
        Handle::new(self.clone(), id.into(), None)
    }

    /// Starts a workflow by its type name with any JSON, as a client of another language would.
    ///
    /// # Errors
    /// When the input does not serialise, is too large, a workflow of this id is running, or the server refuses.
    pub async fn start_by_name<I: Serialize + Sync>(&self, workflow: &str, id: &str, input: &I) -> Result<()> {
        self.begin(workflow, id, payload::encode(input)).await.map(drop)
    }

    async fn begin(
        &self,
        workflow: &str,
        id: &str,
        input: Result<Payload, serde_json::Error>,
    ) -> Result<WorkflowHandle<temporalio_client::Client, UntypedWorkflow>> {
        let refused = |message: String| WorkflowError::Payload { id: id.to_owned(), message };
        let input = input.map_err(|error| refused(format!("the input does not serialise: {error}")))?;
        let (size, limit) = (input.data.len(), self.sizes.most);
        if size > limit {
            return Err(refused(format!("the input is {size} bytes, over the limit of {limit}")).into());
        }
        // Where this process has a worker, the answer to the start brings the first task along.
        let options = WorkflowStartOptions::new(self.task_queue.clone(), id).enable_eager_workflow_start(true).build();
        let started =
            self.temporal().start_workflow(UntypedWorkflow::new(workflow), RawValue::new(vec![input]), options).await;
        started.map_err(|error| {
            let id = id.to_owned();
            match error {
                WorkflowStartError::AlreadyStarted { .. } => WorkflowError::AlreadyRunning { id }.into(),
                other => WorkflowError::Server { id, message: other.to_string() }.into(),
            }
        })
    }

    pub(crate) fn temporal(&self) -> &temporalio_client::Client {
        &self.connected.client
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.address())
            .field("task_queue", &self.task_queue)
            .finish_non_exhaustive()
    }
}
