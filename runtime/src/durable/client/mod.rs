//! Starts workflows and follows them, typed.

mod agents;
mod conversation;
mod deployments;
mod describe;
mod error;
mod failed;
mod filter;
mod handle;
mod list;
mod listed;
mod message;
mod query;
mod raw;
mod schedules;
pub(crate) mod search;
mod start;
mod starting;
mod status;
mod update;

pub use conversation::{Conversing, StartConversation};
pub use deployments::DeploymentError;
pub use describe::{Description, PendingActivity, PendingTask};
pub use error::WorkflowError;
pub(crate) use failed::Failed;
pub use filter::Filter;
pub use handle::Handle;
pub use list::Listing;
pub use listed::Listed;
pub use query::Query;
pub use schedules::{
    ListedSchedule, NewSchedule, Overlap, ScheduleChanges, ScheduleDescription, ScheduleHandle, ScheduleListing,
    ScheduledRun, Timetable,
};
pub use search::{SearchKind, SearchValue};
pub use start::{IdConflictPolicy, IdReusePolicy, Start, StartWithSignal, StartWithUpdate};
pub use status::WorkflowStatus;
pub use update::{Update, UpdateHandle};

use super::{Connected, RunningServer, sizes::Sizes};
use crate::Result;
use serde::Serialize;
use start::Plan;
use std::{fmt, sync::Arc};
use tokio::sync::OnceCell;

/// A connection to a server, for one task queue. Cloning is cheap.
#[derive(Clone)]
pub struct Client {
    connected: Arc<Connected>,
    task_queue: String,
    sizes: Sizes,
    /// Whether workflows begin with the build that is the current one, which may be none of this process.
    is_versioned: bool,
    /// Whether the namespace knows the search attributes of the framework's own.
    knows_ours: Arc<OnceCell<bool>>,
}

impl Client {
    pub(crate) fn new(connected: Connected, task_queue: String, sizes: Sizes) -> Self {
        Self { connected: Arc::new(connected), task_queue, sizes, is_versioned: false, knows_ours: Arc::default() }
    }

    /// For an app whose workers are builds of a deployment.
    pub(crate) fn versioned(self) -> Self {
        Self { is_versioned: true, ..self }
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
        Handle::new(self.clone(), id.into())
    }

    /// Starts a workflow by its type name with any JSON, as a client of another language would.
    ///
    /// # Errors
    /// When the input does not serialise, is too large, a workflow of this id is running, or the server refuses.
    pub async fn start_by_name<I: Serialize + Sync>(&self, workflow: &str, id: &str, input: &I) -> Result<()> {
        let started = self.begin::<()>(Plan::new(workflow, input).id(id)).await;
        Ok(started.map(drop)?)
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
