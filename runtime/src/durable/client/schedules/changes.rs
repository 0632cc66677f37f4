//! What a schedule is made of beside its workflow, and what may be changed about it.

use super::{Overlap, Timetable};
use std::time::Duration;
use temporalio_common::protos::temporal::api::schedule::v1::{Schedule, SchedulePolicies, ScheduleState};

/// What is to be changed about a schedule; all else stays as it is. See
/// [`ScheduleHandle::update`](crate::ScheduleHandle::update).
#[derive(Clone, Debug, Default, PartialEq)]
#[must_use]
pub struct ScheduleChanges {
    timetable: Option<Timetable>,
    overlap: Option<Overlap>,
    catch_up: Option<Duration>,
    pause_on_failure: Option<bool>,
    runs: Option<Runs>,
    note: Option<String>,
    paused: Option<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Runs {
    Any,
    AtMost(u32),
}

impl ScheduleChanges {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Other times, in the place of all there were.
    pub fn timetable(mut self, timetable: Timetable) -> Self {
        self.timetable = Some(timetable);
        self
    }

    /// What it does when its workflow is still running.
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.overlap = Some(overlap);
        self
    }

    /// How late a time may be made up for, after the server was down.
    pub fn catch_up(mut self, window: Duration) -> Self {
        self.catch_up = Some(window);
        self
    }

    /// Whether it pauses itself when a workflow fails.
    pub fn pause_on_failure(mut self, pauses: bool) -> Self {
        self.pause_on_failure = Some(pauses);
        self
    }

    /// How many more workflows it starts; `None` for any number.
    pub fn runs(mut self, count: impl Into<Option<u32>>) -> Self {
        self.runs = Some(count.into().map_or(Runs::Any, Runs::AtMost));
        self
    }

    /// A note for people.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }

    pub(super) fn paused(mut self) -> Self {
        self.paused = Some(true);
        self
    }

    pub(super) fn times(&mut self) -> &mut Timetable {
        self.timetable.get_or_insert_default()
    }

    /// Puts them into a schedule; says what cannot be.
    pub(super) fn apply(self, schedule: &mut Schedule) -> Result<(), String> {
        if let Some(timetable) = self.timetable {
            schedule.spec = Some(timetable.spec()?);
        }
        let policies = schedule.policies.get_or_insert_with(SchedulePolicies::default);
        if let Some(overlap) = self.overlap {
            policies.set_overlap_policy(overlap.proto());
        }
        if let Some(window) = self.catch_up {
            if window < SHORTEST_CATCH_UP {
                return Err(format!("a time to catch up is {SHORTEST_CATCH_UP:?} at least, and not {window:?}"));
            }
            policies.catchup_window = window.try_into().ok();
        }
        if let Some(pauses) = self.pause_on_failure {
            policies.pause_on_failure = pauses;
        }
        let state = schedule.state.get_or_insert_with(ScheduleState::default);
        if let Some(runs) = self.runs {
            (state.limited_actions, state.remaining_actions) = match runs {
                Runs::Any => (false, 0),
                Runs::AtMost(count) => (true, count.into()),
            };
        }
        if let Some(note) = self.note {
            state.notes = note;
        }
        if let Some(paused) = self.paused {
            state.paused = paused;
        }
        Ok(())
    }
}

/// What the server would otherwise take in its place, without a word.
const SHORTEST_CATCH_UP: Duration = Duration::from_secs(10);
