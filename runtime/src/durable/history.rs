//! What the server has recorded of a workflow.

mod names;
mod read;
mod saved;
#[cfg(test)]
mod tests;
mod write;

use crate::{Error, Result};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, time::SystemTime};
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::{
    History as Recorded, HistoryEvent, WorkflowExecutionStartedEventAttributes, history_event::Attributes,
};

/// Everything the server has recorded of one run of a workflow.
///
/// As JSON it is what Temporal's CLI writes (`temporal workflow show --output json`), its UI, and other SDKs.
#[derive(Clone)]
pub struct History(Recorded);

/// An activity that a worker has had in hand: a model call or a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Work {
    /// Its name: the tool's, or `steadfast.model`.
    pub activity: String,
    /// The task queue that it waited on.
    pub task_queue: String,
    /// The [identity](crate::WorkerSettings::identity) of the worker that had it last.
    pub worker: String,
    /// Which attempt that was.
    pub attempt: u32,
    /// When that began.
    pub started: SystemTime,
    /// Its priority, where it has one of its own.
    pub priority: Option<u32>,
}

impl History {
    pub(crate) async fn fetch(history: WorkflowHistory) -> Result<Self> {
        let events = history.into_events().await.map_err(Error::other)?;
        Ok(Self(Recorded { events }))
    }

    pub(super) fn recorded(&self) -> &Recorded {
        &self.0
    }

    /// Reads the JSON of a history, whoever has written it: [`to_json`](Self::to_json), Temporal's CLI or UI, another SDK.
    ///
    /// # Errors
    /// When it is not such JSON.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        let value: Value = serde_json::from_slice(json)?;
        let events = match value {
            Value::Object(mut fields) => match (fields.remove("events"), fields.remove("history")) {
                (Some(events), _) => Some(events),
                // The server's own answer.
                (None, Some(Value::Object(mut history))) => history.remove("events"),
                (None, _) => None,
            },
            events @ Value::Array(_) => Some(events),
            _ => None,
        };
        let Some(events @ Value::Array(_)) = events else {
            return Err(Error::other("there is no list of `events` in it"));
        };
        Ok(Self(Recorded { events: read::read(events)? }))
    }

    /// Writes the history as JSON, in the form of protobuf.
    ///
    /// # Errors
    /// When an event cannot be written, which a server's own never are.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(&write::proto_json(serde_json::to_value(&self.0)?))?)
    }

    /// The type of the workflow, if the history begins as it should.
    #[must_use]
    pub fn workflow(&self) -> Option<&str> {
        Some(self.started()?.workflow_type.as_ref()?.name.as_str())
    }

    /// The id of the run, if the history begins as it should.
    #[must_use]
    pub fn run_id(&self) -> Option<&str> {
        Some(self.started()?.original_execution_run_id.as_str())
    }

    fn started(&self) -> Option<&WorkflowExecutionStartedEventAttributes> {
        match self.0.events.first()?.attributes.as_ref()? {
            Attributes::WorkflowExecutionStartedEventAttributes(started) => Some(started),
            _ => None,
        }
    }

    /// The events' types, in order, such as `ActivityTaskScheduled`.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        self.0.events.iter().map(kind).collect()
    }

    /// The names of the activities that were scheduled, in order.
    #[must_use]
    pub fn activities(&self) -> Vec<String> {
        self.0
            .events
            .iter()
            .filter_map(|event| match &event.attributes {
                Some(Attributes::ActivityTaskScheduledEventAttributes(scheduled)) => {
                    scheduled.activity_type.as_ref().map(|activity| activity.name.clone())
                }
                _ => None,
            })
            .collect()
    }

    /// Who has made which call, in the order in which they were asked for. What no worker has begun, or still has in hand,
    /// is left out, and so is what runs where its workflow does.
    #[must_use]
    pub fn work(&self) -> Vec<Work> {
        use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;
        let mut work: BTreeMap<i64, Work> = BTreeMap::new();
        let scheduled = |id: i64| {
            self.0.events.iter().find(|event| event.event_id == id).and_then(|event| match &event.attributes {
                Some(Attributes::ActivityTaskScheduledEventAttributes(scheduled)) => Some(scheduled),
                _ => None,
            })
        };
        for event in &self.0.events {
            let Some(Attributes::ActivityTaskStartedEventAttributes(started)) = &event.attributes else { continue };
            let Some(scheduled) = scheduled(started.scheduled_event_id) else { continue };
            work.insert(
                started.scheduled_event_id,
                Work {
                    activity: scheduled.activity_type.clone().unwrap_or_default().name,
                    task_queue: scheduled.task_queue.clone().unwrap_or_default().name,
                    worker: started.identity.clone(),
                    attempt: started.attempt.unsigned_abs(),
                    started: event.event_time.and_then(|time| time.try_into().ok()).unwrap_or(SystemTime::UNIX_EPOCH),
                    priority: scheduled
                        .priority
                        .as_ref()
                        .map(|priority| priority.priority_key.unsigned_abs())
                        .filter(|key| *key > 0),
                },
            );
        }
        work.into_values().collect()
    }

    /// The id of the run that this one has continued as, if it has.
    #[must_use]
    pub fn continued_by(&self) -> Option<String> {
        self.0.events.iter().rev().find_map(|event| match &event.attributes {
            Some(Attributes::WorkflowExecutionContinuedAsNewEventAttributes(continued)) => {
                Some(continued.new_execution_run_id.clone())
            }
            _ => None,
        })
    }

    /// The size the server counts against its limit, in bytes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        prost::Message::encoded_len(&self.0)
    }

    /// Whether `needle` stands anywhere in what was recorded.
    #[must_use]
    pub fn contains(&self, needle: &str) -> bool {
        self.count(needle) > 0
    }

    /// How often `needle` stands in what was recorded.
    #[must_use]
    pub fn count(&self, needle: &str) -> usize {
        if needle.is_empty() {
            return 0;
        }
        let recorded = prost::Message::encode_to_vec(&self.0);
        recorded.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()
    }
}

fn kind(event: &HistoryEvent) -> String {
    let name = event.event_type().as_str_name();
    let words = name.trim_start_matches("EVENT_TYPE_").split('_');
    words.fold(String::new(), |name, word| name + &word[..1] + &word[1..].to_lowercase())
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "History({} events, {} bytes)", self.0.events.len(), self.bytes())
    }
}
