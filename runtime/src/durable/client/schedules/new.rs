//! A schedule about to be made.

use super::{Overlap, ScheduleChanges, ScheduleHandle, Timetable, of_status};
use crate::{
    Result,
    durable::client::{
        WorkflowError,
        raw::Encoded,
        start::{Ready, Start, Way},
    },
};
use std::{fmt, time::Duration};
use temporalio_client::{NamespacedClient, grpc::WorkflowService, tonic::Request};
use temporalio_common::{
    protos::temporal::api::{
        common::v1::WorkflowType,
        schedule::v1::{Schedule, ScheduleAction, SchedulePatch, TriggerImmediatelyRequest, schedule_action::Action},
        taskqueue::v1::TaskQueue,
        workflow::v1::NewWorkflowExecutionInfo,
        workflowservice::v1::CreateScheduleRequest,
    },
    search_attributes::SearchAttributes,
};

/// A schedule about to be made; [`create`](Self::create) makes it. From [`App::schedule`](crate::App::schedule).
///
/// ```no_run
/// # use std::time::Duration;
/// # use steadfast::{Overlap, prelude::*};
/// # #[workflow]
/// # async fn report(of: String) -> Result<String> { Ok(of) }
/// # async fn example(app: App) -> Result<()> {
/// let daily = app
///     .schedule("daily-report", report, "sales".to_owned())
///     .every(Duration::from_hours(24))
///     .overlap(Overlap::BufferOne)
///     .starting(|start| start.run_timeout(Duration::from_hours(2)))
///     .create()
///     .await?;
/// daily.trigger().await?;
/// # Ok(())
/// # }
/// ```
#[must_use = "a schedule is made by `create`"]
pub struct NewSchedule<'a, T> {
    id: String,
    start: Start<'a, T>,
    changes: ScheduleChanges,
    triggers: bool,
}

impl<'a, T> NewSchedule<'a, T> {
    pub(crate) fn new(id: String, start: Start<'a, T>) -> Self {
        Self { id, start, changes: ScheduleChanges::default(), triggers: false }
    }

    fn times(mut self, add: impl FnOnce(Timetable) -> Timetable) -> Self {
        let times = self.changes.times();
        *times = add(std::mem::take(times));
        self
    }

    fn change(mut self, change: impl FnOnce(ScheduleChanges) -> ScheduleChanges) -> Self {
        self.changes = change(self.changes);
        self
    }

    /// Again and again, so much apart; see [`Timetable::every`].
    pub fn every(self, interval: Duration) -> Self {
        self.times(|times| times.every(interval))
    }

    /// As cron says; see [`Timetable::cron`].
    pub fn cron(self, cron: impl Into<String>) -> Self {
        self.times(|times| times.cron(cron))
    }

    /// At these times, in the place of others that were said before.
    pub fn timetable(self, timetable: Timetable) -> Self {
        self.change(|changes| changes.timetable(timetable))
    }

    /// What it does when the workflow that it started last is still running: it lets the time pass, unless it is said
    /// here.
    pub fn overlap(self, overlap: Overlap) -> Self {
        self.change(|changes| changes.overlap(overlap))
    }

    /// How late a time may be made up for, after the server was down; a year, unless it is said here, and ten seconds at
    /// least.
    pub fn catch_up(self, window: Duration) -> Self {
        self.change(|changes| changes.catch_up(window))
    }

    /// Pauses itself when a workflow fails.
    pub fn pause_on_failure(self) -> Self {
        self.change(|changes| changes.pause_on_failure(true))
    }

    /// Starts no more than so many workflows.
    pub fn runs(self, count: u32) -> Self {
        self.change(|changes| changes.runs(count))
    }

    /// A note for people.
    pub fn note(self, note: impl Into<String>) -> Self {
        self.change(|changes| changes.note(note))
    }

    /// Makes it paused: it does nothing before [`unpause`](ScheduleHandle::unpause).
    pub fn paused(self) -> Self {
        self.change(ScheduleChanges::paused)
    }

    /// Starts the first workflow at once.
    pub fn trigger(mut self) -> Self {
        self.triggers = true;
        self
    }

    /// Says more about how its workflows are started: time limits, memo, search attributes, priority, another task queue,
    /// or the beginning of their ids, to which the server adds the time. Without one, they begin with the schedule's id.
    pub fn starting(mut self, say: impl FnOnce(Start<'a, T>) -> Start<'a, T>) -> Self {
        self.start = say(self.start);
        self
    }

    /// Makes the schedule.
    ///
    /// # Errors
    /// [`WorkflowError::ScheduleExists`] if there is one of this id, [`WorkflowError::Options`] if it has no times or
    /// something that makes no sense; when the input does not serialise or is too large, or the server refuses.
    pub async fn create(self) -> Result<ScheduleHandle> {
        let Self { id, start, mut changes, triggers } = self;
        let invalid = |message| WorkflowError::Options { id: id.clone(), message };
        let client = start.app.client().await?;
        let mut plan = start.plan;
        plan.id.get_or_insert_with(|| id.clone());
        let ready = plan.ready(client, Way::Scheduled).await?;
        let encoded = client.encoded(&id, ready.input.clone(), &ready.options).await?;
        let mut schedule = Schedule { action: Some(action(ready, encoded)), ..Schedule::default() };
        // Without any times, that is said.
        changes.times();
        changes.apply(&mut schedule).map_err(invalid)?;
        let mut temporal = client.temporal().clone();
        let trigger = TriggerImmediatelyRequest::default();
        let request = CreateScheduleRequest {
            namespace: temporal.namespace(),
            schedule_id: id.clone(),
            schedule: Some(schedule),
            initial_patch: triggers
                .then(|| SchedulePatch { trigger_immediately: Some(trigger), ..SchedulePatch::default() }),
            identity: temporal.identity(),
            request_id: uuid::Uuid::new_v4().to_string(),
            ..CreateScheduleRequest::default()
        };
        let created = WorkflowService::create_schedule(&mut temporal, Request::new(request)).await;
        created.map_err(|status| of_status(&id, &status))?;
        Ok(client.schedule(id))
    }
}

fn action(ready: Ready, encoded: Encoded) -> ScheduleAction {
    let Ready { workflow, options, .. } = ready;
    let Encoded { input, memo, metadata } = encoded;
    ScheduleAction {
        action: Some(Action::StartWorkflow(NewWorkflowExecutionInfo {
            workflow_id: options.workflow_id,
            workflow_type: Some(WorkflowType { name: workflow }),
            task_queue: Some(TaskQueue { name: options.task_queue, ..TaskQueue::default() }),
            input: Some(input),
            workflow_execution_timeout: options.execution_timeout.and_then(|limit| limit.try_into().ok()),
            workflow_run_timeout: options.run_timeout.and_then(|limit| limit.try_into().ok()),
            search_attributes: options.search_attributes.map(SearchAttributes::into_proto),
            priority: Some(options.priority.into()),
            memo,
            user_metadata: metadata,
            ..NewWorkflowExecutionInfo::default()
        })),
    }
}

impl<T> fmt::Debug for NewSchedule<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSchedule")
            .field("id", &self.id)
            .field("start", &self.start)
            .field("changes", &self.changes)
            .finish_non_exhaustive()
    }
}
