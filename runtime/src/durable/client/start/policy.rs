//! What becomes of a start whose id is taken.

use temporalio_client::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy};

/// Whether the id of a workflow that has ended may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdReusePolicy {
    /// It may: the default.
    Allow,
    /// It may if that workflow did not end well: if it failed, timed out, was cancelled or terminated.
    AllowIfFailed,
    /// It may not, for as long as the server keeps that workflow's history.
    Reject,
}

/// What a start does when a workflow of its id is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdConflictPolicy {
    /// It fails: the default.
    Fail,
    /// It gives the handle of the one that is running, whose input it keeps.
    UseExisting,
    /// It terminates the one that is running, and starts another.
    TerminateExisting,
}

impl From<IdReusePolicy> for WorkflowIdReusePolicy {
    fn from(policy: IdReusePolicy) -> Self {
        match policy {
            IdReusePolicy::Allow => Self::AllowDuplicate,
            IdReusePolicy::AllowIfFailed => Self::AllowDuplicateFailedOnly,
            IdReusePolicy::Reject => Self::RejectDuplicate,
        }
    }
}

impl From<IdConflictPolicy> for WorkflowIdConflictPolicy {
    fn from(policy: IdConflictPolicy) -> Self {
        match policy {
            IdConflictPolicy::Fail => Self::Fail,
            IdConflictPolicy::UseExisting => Self::UseExisting,
            IdConflictPolicy::TerminateExisting => Self::TerminateExisting,
        }
    }
}
