//! What is looked at when a run is stuck.

use super::{Client, Listed, failed::Failed};
use std::{fmt, time::SystemTime};
use temporalio_client::{NamespacedClient, WorkflowExecutionDescription, grpc::WorkflowService, tonic::Request};
use temporalio_common::protos::{
    proto_ts_to_system_time,
    temporal::api::{
        common::v1::WorkflowExecution,
        enums::v1::{PendingActivityState, PendingWorkflowTaskState, WorkflowTaskFailedCause},
        history::v1::history_event::Attributes,
        workflow::v1::PendingActivityInfo,
        workflowservice::v1::GetWorkflowExecutionHistoryReverseRequest,
    },
};

/// How many events are looked through for a failure.
const LAST_EVENTS: i32 = 40;

/// What the server knows of a workflow, and what it waits for; made by [`Handle::describe`](crate::Handle::describe).
///
/// Printed, it is a few lines for people.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Description {
    /// What a list would show.
    pub workflow: Listed,
    /// The line that was said about it when it was started.
    pub summary: Option<String>,
    /// The activities that are not done yet: model calls and tool calls.
    pub activities: Vec<PendingActivity>,
    /// The workflow task that is not done yet, if there is one: the next step of the workflow's own code.
    pub task: Option<PendingTask>,
    /// The ids of child workflows that have not ended.
    pub children: Vec<String>,
}

/// An activity that is not done yet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PendingActivity {
    /// The activity's name: the tool's, or `steadfast.model`.
    pub name: String,
    /// Its id within the workflow.
    pub id: String,
    /// Whether a worker is at it; if not, and it was not told to stop, it waits for a worker, or for its next attempt.
    pub is_running: bool,
    /// Whether it was told to stop, which the worker that has it hears with its next sign of life.
    pub is_cancelled: bool,
    /// The attempt at hand, from 1.
    pub attempt: u32,
    /// How many attempts there may be; `None` for any number. The server is told of ten more than a tool has, for those that
    /// end with their worker.
    pub attempts: Option<u32>,
    /// What became of the attempt before.
    pub last_failure: Option<String>,
    /// The worker that has it, or had it last.
    pub worker: Option<String>,
    /// When a worker last gave a sign of life for it.
    pub heartbeat: Option<SystemTime>,
    /// When the next attempt begins, where it is put off.
    pub next_attempt: Option<SystemTime>,
}

/// A step of a workflow's own code that is not done yet.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct PendingTask {
    /// Whether a worker is at it; if not, it waits for a worker.
    pub is_running: bool,
    /// The attempt at hand, from 1. More than that, and the code fails each time.
    pub attempt: u32,
    /// What the code failed with: the last time, or, where a replay has come to something else since, before that.
    pub last_failure: Option<String>,
    /// Since when it has been waiting.
    pub scheduled: Option<SystemTime>,
}

impl Description {
    pub(super) async fn new(client: &Client, described: &WorkflowExecutionDescription) -> Self {
        let raw = described.raw();
        let last_failure = match &raw.pending_workflow_task {
            Some(task) if task.attempt > 1 => why(client, described).await,
            _ => None,
        };
        let task = raw.pending_workflow_task.as_ref().map(|task| PendingTask {
            is_running: task.state() == PendingWorkflowTaskState::Started,
            attempt: task.attempt.try_into().unwrap_or_default(),
            last_failure,
            scheduled: task.scheduled_time.as_ref().and_then(proto_ts_to_system_time),
        });
        let info = raw.workflow_execution_info.clone().unwrap_or_default();
        Self {
            workflow: Listed::new(&info, described.status(), &described.memo()),
            summary: described.static_summary().map(str::to_owned),
            activities: raw.pending_activities.iter().map(|activity| pending(client, activity)).collect(),
            task,
            children: raw.pending_children.iter().map(|child| child.workflow_id.clone()).collect(),
        }
    }
}

/// Why the workflow's own code fails: among the last events, for only the first failure of a step is one.
async fn why(client: &Client, described: &WorkflowExecutionDescription) -> Option<String> {
    let mut temporal = client.temporal().clone();
    let request = GetWorkflowExecutionHistoryReverseRequest {
        namespace: temporal.namespace(),
        execution: Some(WorkflowExecution {
            workflow_id: described.id().to_owned(),
            run_id: described.run_id().to_owned(),
        }),
        maximum_page_size: LAST_EVENTS,
        next_page_token: Vec::new(),
    };
    let answer = temporal.get_workflow_execution_history_reverse(Request::new(request)).await.ok()?;
    let events = answer.into_inner().history.unwrap_or_default().events;
    let mut said = Vec::new();
    for event in events {
        match event.attributes {
            Some(Attributes::WorkflowTaskFailedEventAttributes(failed)) => {
                // Those that are no fault of the code's are followed by the next attempt.
                let is_of_code = !matches!(
                    failed.cause(),
                    WorkflowTaskFailedCause::UnhandledCommand
                        | WorkflowTaskFailedCause::ResetWorkflow
                        | WorkflowTaskFailedCause::ForceCloseCommand
                );
                if let Some(failure) = failed.failure.filter(|_| is_of_code) {
                    said.push(Failed::read(client, failure).await.message);
                }
            }
            Some(Attributes::WorkflowTaskCompletedEventAttributes(_)) => break,
            _ => {}
        }
    }
    cause(said)
}

/// What is wrong, of all that failures of the same step have said, the latest first.
fn cause(said: Vec<String>) -> Option<String> {
    let at = said.iter().position(|message| !message.contains(NONDETERMINISM));
    let message = said.into_iter().nth(at.unwrap_or(0))?;
    Some(match at {
        None => format!("{message}; {CHANGED}"),
        Some(_) if message.starts_with("Workflow type") && message.ends_with("not found") => {
            format!("{message} by the worker of its task queue; {UNKNOWN}")
        }
        Some(_) => message,
    })
}

const UNKNOWN: &str = "add `.workflow(..)` to its app, or start the workflow on the task queue of one that has it";
/// The mark of the SDK's own failure, where a replay has asked for something else. It says less than what came before, if the
/// code was found to differ first.
const NONDETERMINISM: &str = "TMPRL1100";
const CHANGED: &str = "the code does something else than what is recorded: it was changed while the workflow ran, or is not the \
    same each time; `workflow::patched` lets running workflows go the old way, and `replay_dir` says where they part";

fn pending(client: &Client, activity: &PendingActivityInfo) -> PendingActivity {
    let failure = activity.last_failure.clone();
    PendingActivity {
        name: activity.activity_type.as_ref().map(|kind| kind.name.clone()).unwrap_or_default(),
        id: activity.activity_id.clone(),
        is_running: activity.state() == PendingActivityState::Started,
        is_cancelled: activity.state() == PendingActivityState::CancelRequested,
        attempt: activity.attempt.try_into().unwrap_or_default(),
        attempts: activity.maximum_attempts.try_into().ok().filter(|attempts| *attempts > 0),
        last_failure: failure.map(|failure| Failed::decoded(client, failure).message),
        worker: Some(activity.last_worker_identity.clone()).filter(|worker| !worker.is_empty()),
        heartbeat: activity.last_heartbeat_time.as_ref().and_then(proto_ts_to_system_time),
        next_attempt: activity.next_attempt_schedule_time.as_ref().and_then(proto_ts_to_system_time),
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Listed { id, workflow, status, task_queue, events, bytes, .. } = &self.workflow;
        write!(f, "`{id}` ({workflow}, task queue `{task_queue}`): {status}, {events} events, {bytes} bytes")?;
        if let Some(task) = &self.task {
            let state = if task.is_running { "is with a worker" } else { "waits for a worker" };
            write!(f, "\n  its next step {state}, attempt {}", task.attempt)?;
            if let Some(failure) = &task.last_failure {
                write!(f, "; it failed: {failure}")?;
            }
        }
        for activity in &self.activities {
            write!(f, "\n  {activity}")?;
        }
        for child in &self.children {
            write!(f, "\n  waits for the workflow `{child}`")?;
        }
        Ok(())
    }
}

impl fmt::Display for PendingActivity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match (self.is_running, self.is_cancelled) {
            (_, true) => "was told to stop",
            (true, false) => "is with a worker",
            (false, false) => "waits for a worker, or its next attempt",
        };
        write!(f, "`{}` {state}, attempt {}", self.name, self.attempt)?;
        if let Some(attempts) = self.attempts {
            write!(f, " of {attempts}")?;
        }
        match &self.last_failure {
            Some(failure) => write!(f, "; the last failed: {failure}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_more_is_said_and_the_latest_of_that() {
        let of = |said: &[&str]| cause(said.iter().map(|&message| message.to_owned()).collect());
        assert_eq!(of(&[]), None);
        assert_eq!(of(&["no", "yes"]).as_deref(), Some("no"));
        let replayed = "[TMPRL1100] Nondeterminism error";
        assert_eq!(of(&[replayed, replayed, "step 2 differs", "older"]).as_deref(), Some("step 2 differs"));
        assert_eq!(of(&[replayed, "[TMPRL1100] older"]), Some(format!("{replayed}; {CHANGED}")));
        let unknown = of(&["Workflow type forgotten not found"]).expect("there is one");
        assert!(unknown.contains(UNKNOWN), "{unknown}");
    }
}
