//! What the server recorded of a conversation: its size, and how it grew.

use crate::{
    Result,
    engines::{CARRIED, TOOL},
};
use prost::{Message, length_delimiter_len};
use temporalio_client::{Client, WorkflowExecutionInfo, WorkflowFetchHistoryOptions};
use temporalio_common::protos::temporal::api::history::v1::{HistoryEvent, history_event::Attributes};

/// The histories of a workflow's runs, of which there is one until it continues as new.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    pub(crate) runs: Vec<Size>,
    /// What had been recorded, of all runs together, after so many turns: the index is their number.
    pub(crate) growth: Vec<Size>,
}

/// How much was recorded.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

impl Recorded {
    /// Reads the runs one after the other, from the one named to the last.
    pub(crate) async fn fetch(client: &Client, workflow: &str, first_run: &str) -> Result<Self> {
        let mut recorded = Self::default();
        let mut next = Some(first_run.to_owned());
        while let Some(run) = next {
            let info = WorkflowExecutionInfo::builder().namespace("default").workflow_id(workflow).run_id(run).build();
            let history = info.bind_untyped(client.clone()).fetch_history(WorkflowFetchHistoryOptions::default());
            let events = history.into_events().await?;
            recorded.add(&events);
            next = events.into_iter().next_back().and_then(|last| match last.attributes {
                Some(Attributes::WorkflowExecutionContinuedAsNewEventAttributes(end)) => Some(end.new_execution_run_id),
                _ => None,
            });
        }
        recorded.growth.push(recorded.total());
        Ok(recorded)
    }

    fn add(&mut self, events: &[HistoryEvent]) {
        let before = self.total();
        let mut run = Size::default();
        for event in events {
            // A model call begins a turn, hence ends the one before it.
            if is_model_call(event) {
                self.growth.push(before.and(run));
            }
            run = run.and(Size { events: 1, bytes: encoded(event) });
        }
        self.runs.push(run);
    }

    pub(crate) fn total(&self) -> Size {
        self.runs.iter().copied().fold(Size::default(), Size::and)
    }

    /// The most of anything in one run.
    pub(crate) fn largest_run(&self) -> Size {
        let most = |of: fn(&Size) -> usize| self.runs.iter().map(of).max().unwrap_or_default();
        Size { events: most(|run| run.events), bytes: most(|run| run.bytes) }
    }
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self { events: self.events + other.events, bytes: self.bytes + other.bytes }
    }
}

fn is_model_call(event: &HistoryEvent) -> bool {
    let Some(Attributes::ActivityTaskScheduledEventAttributes(scheduled)) = &event.attributes else { return false };
    scheduled.activity_type.as_ref().is_some_and(|activity| ![TOOL, CARRIED].contains(&activity.name.as_str()))
}

/// What an event adds to its history, encoded: itself, its length, and the one byte that begins a field.
fn encoded(event: &HistoryEvent) -> usize {
    let bytes = event.encoded_len();
    1 + length_delimiter_len(bytes) + bytes
}
