//! What a client is told of a workflow that did not do what was asked.

use super::failed::Failed;
use crate::agent::RunError;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use temporalio_client::{
    errors::{WorkflowGetResultError, WorkflowInteractionError, WorkflowStartError},
    tonic::{Code, Status},
};

/// A workflow that did not start, or did not end well, as a client sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum WorkflowError {
    /// The workflow failed. `code` is the stable name of the kind of error, such as `MaxTurns`.
    #[error("workflow `{id}` failed: {message}")]
    Failed {
        /// The workflow's id.
        id: String,
        /// The type of the failure.
        code: String,
        /// Its message.
        message: String,
        /// For a run that ended without an answer: why, and what it had done so far.
        run: Option<Box<RunError>>,
    },
    /// The workflow was cancelled.
    #[error("workflow `{id}` was cancelled")]
    Cancelled {
        /// The workflow's id.
        id: String,
    },
    /// The workflow was terminated.
    #[error("workflow `{id}` was terminated")]
    Terminated {
        /// The workflow's id.
        id: String,
    },
    /// The workflow ran out of the time it was given.
    #[error("workflow `{id}` timed out")]
    TimedOut {
        /// The workflow's id.
        id: String,
    },
    /// A workflow of this id is running already.
    #[error("a workflow `{id}` is running already; use its handle, or another id")]
    AlreadyRunning {
        /// The workflow's id.
        id: String,
    },
    /// The id belongs to a workflow that has ended, and was not to be used again.
    #[error("the id `{id}` was used before, and its policy keeps it from being used again; take another")]
    IdUsed {
        /// The workflow's id.
        id: String,
    },
    /// What was said about a start, a list or a schedule does not go together, or has no such value.
    #[error("`{id}`: {message}")]
    Options {
        /// The id of the workflow or the schedule.
        id: String,
        /// What is wrong.
        message: String,
    },
    /// The server has not listed workflows or schedules.
    #[error("the server does not list by the query {query:?}: {message}")]
    List {
        /// The query.
        query: String,
        /// What it said.
        message: String,
    },
    /// There is a schedule of this id already.
    #[error("there is a schedule `{id}` already; use its handle, or another id")]
    ScheduleExists {
        /// The schedule's id.
        id: String,
    },
    /// There is no such schedule.
    #[error("there is no schedule `{id}`")]
    NoSchedule {
        /// The schedule's id.
        id: String,
    },
    /// There is no such workflow.
    #[error("there is no workflow `{id}`")]
    NotFound {
        /// The workflow's id.
        id: String,
    },
    /// The workflow has ended, and takes no more messages.
    #[error("workflow `{id}` has ended; it takes no more messages")]
    Ended {
        /// The workflow's id.
        id: String,
    },
    /// No worker has answered a query in time.
    #[error(
        "no worker answered the query `{query}` of workflow `{id}` within {timeout:?}; is one running on task queue \
         `{task_queue}`?"
    )]
    NoWorker {
        /// The workflow's id.
        id: String,
        /// The query's name.
        query: String,
        /// How long an answer was waited for.
        timeout: Duration,
        /// The workflow's task queue.
        task_queue: String,
    },
    /// The workflow has answered a query with an error. That it has no such query is one, too.
    #[error("the query `{query}` of workflow `{id}` failed: {message}")]
    QueryFailed {
        /// The workflow's id.
        id: String,
        /// The query's name.
        query: String,
        /// What the workflow said.
        message: String,
    },
    /// The workflow has refused an update, and nothing of it is recorded. That it has no such update is a reason, too.
    #[error("workflow `{id}` refused the update `{update}`: {reason}")]
    UpdateRejected {
        /// The workflow's id.
        id: String,
        /// The update's name.
        update: String,
        /// What the workflow said.
        reason: String,
    },
    /// The workflow has accepted an update, and then failed to do it. The workflow itself goes on.
    #[error("the update `{update}` of workflow `{id}` failed: {message}")]
    UpdateFailed {
        /// The workflow's id.
        id: String,
        /// The update's name.
        update: String,
        /// The type of the failure.
        code: String,
        /// Its message.
        message: String,
        /// For a run that ended without an answer: why, and what it had done so far.
        run: Option<Box<RunError>>,
    },
    /// The workflow ended before an update that it had accepted was done.
    #[error("workflow `{id}` ended before its update `{update}` was done")]
    UpdateUnfinished {
        /// The workflow's id.
        id: String,
        /// The update's name.
        update: String,
    },
    /// The run that is there now has accepted no update of this id.
    #[error("workflow `{id}` has accepted no update of the id `{update}`")]
    NoUpdate {
        /// The workflow's id.
        id: String,
        /// The update's id.
        update: String,
    },
    /// Another workflow cannot be started or reached from where this was asked.
    #[error("workflow `{id}` cannot be reached: {message}")]
    Unreachable {
        /// Its id, or its type where it has none yet.
        id: String,
        /// Why not.
        message: String,
    },
    /// The input or the result cannot be written or read as JSON, or is too large.
    #[error("workflow `{id}`: {message}")]
    Payload {
        /// The workflow's id.
        id: String,
        /// What is wrong.
        message: String,
    },
    /// The server answered with an error.
    #[error("the server refused a call about workflow `{id}`: {message}")]
    Server {
        /// The workflow's id.
        id: String,
        /// What it said.
        message: String,
    },
}

impl WorkflowError {
    /// The stable name of the kind of error; of a failed workflow or update, the type of its failure.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Failed { code, .. } | Self::UpdateFailed { code, .. } => code,
            Self::Cancelled { .. } => "Cancelled",
            Self::Terminated { .. } => "Terminated",
            Self::TimedOut { .. } => "TimedOut",
            Self::AlreadyRunning { .. } => "AlreadyRunning",
            Self::IdUsed { .. } => "IdUsed",
            Self::List { .. } => "List",
            Self::ScheduleExists { .. } => "ScheduleExists",
            Self::NoSchedule { .. } => "NoSchedule",
            Self::Options { .. } => "Options",
            Self::NotFound { .. } => "NotFound",
            Self::Ended { .. } => "Ended",
            Self::NoWorker { .. } => "NoWorker",
            Self::QueryFailed { .. } => "QueryFailed",
            Self::UpdateRejected { .. } => "UpdateRejected",
            Self::NoUpdate { .. } => "NoUpdate",
            Self::UpdateUnfinished { .. } => "UpdateUnfinished",
            Self::Unreachable { .. } => "Unreachable",
            Self::Payload { .. } => "Payload",
            Self::Server { .. } => "Server",
        }
    }

    pub(crate) fn of_result(id: &str, error: WorkflowGetResultError) -> Self {
        let id = id.to_owned();
        match error {
            WorkflowGetResultError::Failed(failure) => {
                let Failed { code, message, run } = Failed::of(&failure);
                Self::Failed { id, code, message, run }
            }
            WorkflowGetResultError::Cancelled { .. } => Self::Cancelled { id },
            WorkflowGetResultError::Terminated { .. } => Self::Terminated { id },
            WorkflowGetResultError::TimedOut => Self::TimedOut { id },
            WorkflowGetResultError::NotFound(_) => Self::NotFound { id },
            WorkflowGetResultError::PayloadConversion(error) => Self::Payload { id, message: error.to_string() },
            other => Self::Server { id, message: other.to_string() },
        }
    }

    pub(super) fn of_start(id: &str, error: WorkflowStartError) -> Self {
        let id = id.to_owned();
        match error {
            // The server tells of both in one way, and apart only in words.
            WorkflowStartError::AlreadyStarted { source, .. } if source.message().contains("finished") => {
                Self::IdUsed { id }
            }
            WorkflowStartError::AlreadyStarted { .. } => Self::AlreadyRunning { id },
            WorkflowStartError::Rpc(status) => Self::of_status(id, &status),
            other => Self::Server { id, message: other.to_string() },
        }
    }

    pub(super) fn of_status(id: String, status: &Status) -> Self {
        let message = status.message();
        match status.code() {
            Code::AlreadyExists if message.contains("finished") => Self::IdUsed { id },
            Code::AlreadyExists => Self::AlreadyRunning { id },
            Code::InvalidArgument if message.contains("invalid value for search attribute") => {
                Self::Options { id, message: format!("{message}; give it one of that type") }
            }
            Code::InvalidArgument if message.contains("search attribute") => {
                let hint = "register it with `temporal operator search-attribute create --name .. --type ..`";
                Self::Options { id, message: format!("{message}; {hint}") }
            }
            _ => Self::Server { id, message: message.to_owned() },
        }
    }

    pub(super) fn of_interaction(id: &str, error: WorkflowInteractionError) -> Self {
        let id = id.to_owned();
        match error {
            WorkflowInteractionError::NotFound(status) => Self::not_found(id, &status),
            WorkflowInteractionError::Rpc(status) => Self::Server { id, message: status.message().to_owned() },
            other => Self::Server { id, message: other.to_string() },
        }
    }

    /// The server says of a workflow that has ended, too, that it was not found.
    pub(super) fn not_found(id: String, status: &Status) -> Self {
        if status.message().contains("already completed") { Self::Ended { id } } else { Self::NotFound { id } }
    }
}
