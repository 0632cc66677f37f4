//! What the server has recorded of a workflow, and whether today's code still does the same.

use super::{
    ByReference, Site,
    codec::{self, Chain, blobs::Blobs},
    worker::Hosting,
};
use crate::{Error, Result, registry::Registry};
use std::{collections::BTreeMap, fmt, sync::Arc, time::SystemTime};
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::{History as Recorded, HistoryEvent};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

/// Everything the server has recorded of one run of a workflow.
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

    /// Reads what [`to_json`](Self::to_json) wrote.
    ///
    /// # Errors
    /// When it is not such JSON.
    pub fn from_json(json: &[u8]) -> Result<Self> {
        Ok(Self(serde_json::from_slice(json)?))
    }

    /// Writes the history as JSON.
    ///
    /// # Errors
    /// When an event cannot be written, which a server's own never are.
    pub fn to_json(&self) -> Result<Vec<u8>> {
        Ok(serde_json::to_vec(&self.0)?)
    }

    /// The events' types, in order, such as `ActivityTaskScheduled`.
    #[must_use]
    pub fn events(&self) -> Vec<String> {
        self.0.events.iter().map(kind).collect()
    }

    /// The names of the activities that were scheduled, in order.
    #[must_use]
    pub fn activities(&self) -> Vec<String> {
        use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;
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
        use temporalio_common::protos::temporal::api::history::v1::history_event::Attributes;
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

/// Runs today's workflow code against a history.
pub(crate) async fn replay(
    hostings: &[Hosting],
    registry: Registry,
    codec: Option<Chain>,
    blobs: Option<Blobs>,
    history: &History,
) -> Result<()> {
    // No activity runs, so nobody looks for a conversation.
    let site = Site::new(Arc::new(registry), ByReference::new().cache(0), blobs);
    let converter = codec.map(codec::converter).unwrap_or_default();
    let mut options = WorkflowReplayerOptions::new().data_converter(converter).build();
    for hosting in hostings {
        hosting.replay(&mut options, Arc::clone(&site)).map_err(Error::other)?;
    }
    let replayer = WorkflowReplayer::new(options).map_err(Error::other)?;
    replayer.replay_workflow(history.0.clone().into()).await.map_err(Error::other)
}
