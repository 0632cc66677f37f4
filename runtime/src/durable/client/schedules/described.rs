//! What the server knows of a schedule.

use super::Overlap;
use std::time::{Duration, SystemTime};
use temporalio_client::schedules::{
    ScheduleDescription as Described, ScheduleDescriptionAction as Action, ScheduleRecentAction, ScheduleSummary,
};

/// What a schedule does, has done and will do; made by [`ScheduleHandle::describe`](crate::ScheduleHandle::describe).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ScheduleDescription {
    /// The schedule's id.
    pub id: String,
    /// The name of the workflow that it starts.
    pub workflow: String,
    /// How the ids of its workflows begin.
    pub workflow_id: String,
    /// The task queue on which it starts them.
    pub task_queue: String,
    /// Whether it is paused.
    pub is_paused: bool,
    /// The note for people.
    pub note: Option<String>,
    /// What it does when its workflow is still running.
    pub overlap: Overlap,
    /// How late a time may be made up for.
    pub catch_up: Option<Duration>,
    /// Whether it pauses itself when a workflow fails.
    pub pause_on_failure: bool,
    /// How many more workflows it starts; `None` for any number.
    pub remaining: Option<u64>,
    /// Its next times.
    pub next: Vec<SystemTime>,
    /// What it has started of late, the latest last.
    pub recent: Vec<ScheduledRun>,
    /// The ids of the workflows that it has started and that are still running.
    pub running: Vec<String>,
    /// How many workflows it has started.
    pub started: u64,
    /// How many times it has missed, because the server was down for longer than it may catch up.
    pub missed: u64,
    /// How many times it has let pass, because its workflow was still running.
    pub skipped: u64,
    /// When it was made.
    pub created: Option<SystemTime>,
    /// When it was changed, if it was.
    pub updated: Option<SystemTime>,
}

/// A workflow that a schedule has started.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ScheduledRun {
    /// The workflow's id.
    pub workflow_id: String,
    /// The id of its first run.
    pub run_id: String,
    /// The time that was set for it.
    pub scheduled: Option<SystemTime>,
    /// When it was started.
    pub started: Option<SystemTime>,
}

/// A schedule in a list; made by [`Client::schedules`](crate::Client::schedules).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ListedSchedule {
    /// The schedule's id.
    pub id: String,
    /// The name of the workflow that it starts.
    pub workflow: String,
    /// Whether it is paused.
    pub is_paused: bool,
    /// The note for people.
    pub note: Option<String>,
    /// Its next times.
    pub next: Vec<SystemTime>,
    /// What it has started of late, the latest last.
    pub recent: Vec<ScheduledRun>,
}

impl ScheduleDescription {
    pub(super) fn new(id: &str, described: &Described) -> Self {
        let (workflow, workflow_id, task_queue) = match described.action() {
            Action::StartWorkflow(start) => {
                (start.workflow_type().to_owned(), start.workflow_id().to_owned(), start.task_queue().to_owned())
            }
            _ => Default::default(),
        };
        let schedule = described.raw().schedule.clone().unwrap_or_default();
        let (policies, state) = (schedule.policies.unwrap_or_default(), schedule.state.unwrap_or_default());
        let count = |number: i64| number.try_into().unwrap_or_default();
        Self {
            id: id.to_owned(),
            workflow,
            workflow_id,
            task_queue,
            is_paused: described.paused(),
            note: described.note().map(str::to_owned),
            overlap: Overlap::of(policies.overlap_policy()),
            catch_up: policies.catchup_window.and_then(|window| window.try_into().ok()),
            pause_on_failure: policies.pause_on_failure,
            remaining: state.limited_actions.then(|| count(state.remaining_actions)),
            next: described.future_action_times(),
            recent: described.recent_actions().into_iter().map(Into::into).collect(),
            running: described.running_actions().into_iter().map(|running| running.workflow_id).collect(),
            started: count(described.action_count()),
            missed: count(described.missed_catchup_window()),
            skipped: count(described.overlap_skipped()),
            created: described.create_time(),
            updated: described.update_time(),
        }
    }
}

impl ListedSchedule {
    pub(super) fn new(found: &ScheduleSummary) -> Self {
        Self {
            id: found.schedule_id().to_owned(),
            workflow: found.workflow_type().unwrap_or_default().to_owned(),
            is_paused: found.paused(),
            note: found.note().map(str::to_owned),
            next: found.future_action_times(),
            recent: found.recent_actions().into_iter().map(Into::into).collect(),
        }
    }
}

impl From<ScheduleRecentAction> for ScheduledRun {
    fn from(action: ScheduleRecentAction) -> Self {
        Self {
            workflow_id: action.workflow_id,
            run_id: action.run_id,
            scheduled: action.schedule_time,
            started: action.actual_time,
        }
    }
}
