//! What the server has recorded of a workflow, and whether today's code still does the same.

use super::{
    ByReference, Site,
    codec::{self, Chain, blobs::Blobs},
    worker::Hosting,
};
use crate::{Error, Result, registry::Registry};
use std::{fmt, sync::Arc};
use temporalio_client::WorkflowHistory;
use temporalio_common::protos::temporal::api::history::v1::{History as Recorded, HistoryEvent};
use temporalio_sdk::workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions};

/// Everything the server has recorded of one run of a workflow.
#[derive(Clone)]
pub struct History(Recorded);

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
        hosting.replay(&mut options, Arc::clone(&site));
    }
    let replayer = WorkflowReplayer::new(options).map_err(Error::other)?;
    replayer.replay_workflow(history.0.clone().into()).await.map_err(Error::other)
}
