//! Whether a workflow runs, or how it ended.

use std::fmt;
use temporalio_client::WorkflowExecutionStatus;

/// Whether a workflow runs, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum WorkflowStatus {
    /// It runs.
    Running,
    /// Somebody has paused it.
    Paused,
    /// It returned a result.
    Completed,
    /// It failed.
    Failed,
    /// It was cancelled.
    Cancelled,
    /// It was terminated.
    Terminated,
    /// It goes on as another run with the same id.
    ContinuedAsNew,
    /// It ran out of the time it was given.
    TimedOut,
    /// A status that this version does not know.
    Unknown,
}

impl WorkflowStatus {
    /// As the server names it, in a query too.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Paused => "Paused",
            Self::Completed => "Completed",
            Self::Failed => "Failed",
            Self::Cancelled => "Canceled",
            Self::Terminated => "Terminated",
            Self::ContinuedAsNew => "ContinuedAsNew",
            Self::TimedOut => "TimedOut",
            Self::Unknown => "Unknown",
        }
    }
}

impl fmt::Display for WorkflowStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<WorkflowExecutionStatus> for WorkflowStatus {
    fn from(status: WorkflowExecutionStatus) -> Self {
        match status {
            WorkflowExecutionStatus::Running => Self::Running,
            WorkflowExecutionStatus::Paused => Self::Paused,
            WorkflowExecutionStatus::Completed => Self::Completed,
            WorkflowExecutionStatus::Failed => Self::Failed,
            WorkflowExecutionStatus::Canceled => Self::Cancelled,
            WorkflowExecutionStatus::Terminated => Self::Terminated,
            WorkflowExecutionStatus::ContinuedAsNew => Self::ContinuedAsNew,
            WorkflowExecutionStatus::TimedOut => Self::TimedOut,
            _ => Self::Unknown,
        }
    }
}
