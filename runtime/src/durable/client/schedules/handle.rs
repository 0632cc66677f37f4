//! A schedule that was made, and the list of all.

use super::{ListedSchedule, Overlap, ScheduleChanges, ScheduleDescription, of_error, of_status};
use crate::{
    Result,
    durable::client::{Client, WorkflowError},
};
use futures::StreamExt;
use std::{fmt, pin::Pin, time::SystemTime};
use temporalio_client::{
    NamespacedClient, RpcOptions,
    grpc::WorkflowService,
    schedules::{
        BackfillScheduleOptions, DeleteScheduleOptions, ListSchedulesOptions, ListSchedulesStream,
        PauseScheduleOptions, ScheduleBackfill, ScheduleError, ScheduleHandle as Addressed, ScheduleOverlapPolicy,
        TriggerScheduleOptions, UnpauseScheduleOptions,
    },
    tonic::{Code, Request},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{DescribeScheduleRequest, UpdateScheduleRequest};

/// How often a change is tried that somebody else's change has come before.
const TRIES: usize = 5;

impl Client {
    /// The handle of a schedule.
    #[must_use]
    pub fn schedule(&self, id: impl Into<String>) -> ScheduleHandle {
        ScheduleHandle { client: self.clone(), id: id.into() }
    }

    /// The schedules of the namespace. One that was just made shows up a moment later.
    pub fn schedules(&self) -> ScheduleListing {
        ScheduleListing(Box::pin(self.temporal().list_schedules(ListSchedulesOptions::default())))
    }
}

/// A schedule that was made, by [`App::schedule`](crate::App::schedule) or anybody else.
#[derive(Clone, Debug)]
pub struct ScheduleHandle {
    client: Client,
    id: String,
}

impl ScheduleHandle {
    /// The schedule's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What the schedule does, has done, and will do next.
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn describe(&self) -> Result<ScheduleDescription> {
        let described = self.addressed().describe(RpcOptions::default()).await.map_err(|error| self.failed(error))?;
        Ok(ScheduleDescription::new(&self.id, &described))
    }

    /// Lets all times pass from now on, with a note why.
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn pause(&self, note: impl Into<String>) -> Result<()> {
        let paused = self.addressed().pause(Some(said(note, "paused")), PauseScheduleOptions::default()).await;
        paused.map_err(|error| self.failed(error).into())
    }

    /// Goes on, with a note why.
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn unpause(&self, note: impl Into<String>) -> Result<()> {
        let unpaused = self.addressed().unpause(Some(said(note, "unpaused")), UnpauseScheduleOptions::default()).await;
        unpaused.map_err(|error| self.failed(error).into())
    }

    /// Does now what it does at its times, even while it is paused. If its workflow is still running, that goes by its
    /// [`Overlap`].
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn trigger(&self) -> Result<()> {
        let triggered =
            self.addressed().trigger(ScheduleOverlapPolicy::Unspecified, TriggerScheduleOptions::default()).await;
        triggered.map_err(|error| self.failed(error).into())
    }

    /// Makes up for all times from `from` to `until`, which are past, as if they were now.
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn backfill(&self, from: SystemTime, until: SystemTime, overlap: Overlap) -> Result<()> {
        let backfill = ScheduleBackfill::new(from, until).overlap_policy(overlap.into()).build();
        let filled = self.addressed().backfill([backfill], BackfillScheduleOptions::default()).await;
        filled.map_err(|error| self.failed(error).into())
    }

    /// Changes something about the schedule, and leaves all else as it is.
    ///
    /// ```no_run
    /// # use steadfast::{ScheduleChanges, ScheduleHandle, Timetable, prelude::*};
    /// # async fn later(daily: ScheduleHandle) -> Result<()> {
    /// daily.update(ScheduleChanges::new().timetable(Timetable::new().daily(10, 30))).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no such schedule, or the change makes no sense.
    pub async fn update(&self, changes: ScheduleChanges) -> Result<()> {
        let mut client = self.client.temporal().clone();
        let (mut tries, namespace) = (0, client.namespace());
        loop {
            let asked = DescribeScheduleRequest { namespace: namespace.clone(), schedule_id: self.id.clone() };
            let described = client.describe_schedule(Request::new(asked)).await;
            let described = described.map_err(|status| of_status(&self.id, &status))?.into_inner();
            // As it was sent: what is encoded stays so.
            let mut schedule = described.schedule.unwrap_or_default();
            let invalid = |message| WorkflowError::Options { id: self.id.clone(), message };
            changes.clone().apply(&mut schedule).map_err(invalid)?;
            let request = UpdateScheduleRequest {
                namespace: namespace.clone(),
                schedule_id: self.id.clone(),
                schedule: Some(schedule),
                conflict_token: described.conflict_token,
                identity: client.identity(),
                request_id: uuid::Uuid::new_v4().to_string(),
                ..UpdateScheduleRequest::default()
            };
            tries += 1;
            match client.update_schedule(Request::new(request)).await {
                Ok(_) => return Ok(()),
                // Somebody has changed it meanwhile.
                Err(status) if status.code() == Code::FailedPrecondition && tries < TRIES => {}
                Err(status) => return Err(of_status(&self.id, &status).into()),
            }
        }
    }

    /// Removes the schedule. Workflows that it has started go on.
    ///
    /// # Errors
    /// When there is no such schedule.
    pub async fn delete(&self) -> Result<()> {
        let deleted = self.addressed().delete(DeleteScheduleOptions::default()).await;
        deleted.map_err(|error| self.failed(error).into())
    }

    fn addressed(&self) -> Addressed<temporalio_client::Client> {
        self.client.temporal().get_schedule_handle(self.id.as_str())
    }

    fn failed(&self, error: ScheduleError) -> WorkflowError {
        of_error(&self.id, error)
    }
}

/// The server takes an empty note for none of the two.
fn said(note: impl Into<String>, otherwise: &str) -> String {
    let note = note.into();
    if note.is_empty() { otherwise.to_owned() } else { note }
}

/// Schedules that are being found; made by [`Client::schedules`].
#[must_use = "a list is asked for as it is read"]
pub struct ScheduleListing(Pin<Box<ListSchedulesStream>>);

impl ScheduleListing {
    /// The next schedule, or `None` after the last.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn next(&mut self) -> Result<Option<ListedSchedule>> {
        match self.0.next().await {
            Some(Ok(found)) => Ok(Some(ListedSchedule::new(&found))),
            Some(Err(error)) => {
                let message = error.to_string();
                Err(WorkflowError::List { query: "a schedule".to_owned(), message }.into())
            }
            None => Ok(None),
        }
    }

    /// All of them.
    ///
    /// # Errors
    /// As [`next`](Self::next).
    pub async fn all(mut self) -> Result<Vec<ListedSchedule>> {
        let mut all = Vec::new();
        while let Some(listed) = self.next().await? {
            all.push(listed);
        }
        Ok(all)
    }
}

impl fmt::Debug for ScheduleListing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScheduleListing").finish_non_exhaustive()
    }
}
