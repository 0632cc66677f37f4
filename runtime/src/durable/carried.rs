//! What one run of a workflow leaves to the next, as bytes: small enough, it goes with the new run's input; else the
//! new run asks the old one for it, page by page, and records what it gets, so that its history is whole by itself.

use super::{
    journal::{Moment, Outcome, Past},
    payload,
};
use crate::{
    agent::{Answer, Progress},
    model::Conversation,
};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};
use temporalio_common::protos::temporal::api::common::v1::Payload;

/// The query by which a new run gets what the old one has left.
pub(crate) const CARRIED_QUERY: &str = "steadfast.carried";

/// The activity that does.
pub(crate) const CARRIED: &str = "steadfast.carried";

/// Marks the payload beside a workflow's input as ours.
const LEFT_BY: &str = "steadfast-left-by";

/// The payload beside the input of a run that continues an earlier one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Handover {
    Here(Packed),
    /// So many bytes, with the run of this id.
    With {
        run: String,
        size: usize,
    },
}

/// A part of what a run has left.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) run: String,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

/// What is carried, with each conversation in it once.
///
/// Runs of agents share conversations: each goes on where the one before it ended. Here they only say which one they
/// mean, and how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Packed {
    seed: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conversations: Vec<Conversation>,
    moments: Vec<Moment<Excerpt>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    runs: BTreeMap<u64, Progress<Excerpt>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    deadlines: BTreeMap<u64, Duration>,
}

/// The beginning of one of the conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Excerpt {
    of: usize,
    items: usize,
}

impl Handover {
    pub(crate) fn encode(&self) -> Result<Payload, serde_json::Error> {
        let mut payload = payload::encode(self)?;
        payload.metadata.insert(LEFT_BY.to_owned(), b"1".to_vec());
        Ok(payload)
    }

    /// Reads what stands beside a workflow's input, if it is ours.
    pub(crate) fn decode(payload: Option<&Payload>) -> Result<Option<Self>, serde_json::Error> {
        let ours = payload.filter(|payload| payload.metadata.contains_key(LEFT_BY));
        ours.map(|payload| payload::decode(Some(payload))).transpose()
    }
}

impl Packed {
    pub(crate) fn pack(past: Past) -> Self {
        let Past { seed, moments, runs, deadlines } = past;
        let mut conversations = Conversations::default();
        let moments = moments.into_iter().map(|moment| moment.map(|told| conversations.excerpt(told))).collect();
        let runs =
            runs.into_iter().map(|(number, run)| (number, run.map(|told| conversations.excerpt(told)))).collect();
        let deadlines = deadlines.into_iter();
        let deadlines = deadlines
            .map(|(number, end)| (number, end.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
            .collect();
        Self { seed, conversations: conversations.0, moments, runs, deadlines }
    }

    pub(crate) fn unpack(self) -> Past {
        let Self { seed, conversations, moments, runs, deadlines } = self;
        let whole = |excerpt: Excerpt| {
            let conversation = conversations.get(excerpt.of).cloned().unwrap_or_default();
            conversation.first(excerpt.items)
        };
        Past {
            seed,
            moments: moments.into_iter().map(|moment| moment.map(whole)).collect(),
            runs: runs.into_iter().map(|(number, run)| (number, run.map(whole))).collect(),
            deadlines: deadlines.into_iter().map(|(number, end)| (number, SystemTime::UNIX_EPOCH + end)).collect(),
        }
    }
}

/// Conversations, none of which is the beginning of another.
#[derive(Default)]
struct Conversations(Vec<Conversation>);

impl Conversations {
    fn excerpt(&mut self, told: Conversation) -> Excerpt {
        let items = told.len();
        let known = self.0.iter().position(|known| told.is_prefix_of(known) || known.is_prefix_of(&told));
        let of = known.unwrap_or_else(|| {
            self.0.push(Conversation::new());
            self.0.len() - 1
        });
        if self.0[of].len() < items {
            self.0[of] = told;
        }
        Excerpt { of, items }
    }
}

impl<C> Moment<C> {
    fn map<T>(self, mut conversation: impl FnMut(C) -> T) -> Moment<T> {
        let Self { at, arrived, settled } = self;
        let settled = settled.into_iter().map(|(number, outcome)| (number, outcome.map(&mut conversation))).collect();
        Moment { at, arrived, settled }
    }
}

impl<C> Outcome<C> {
    fn map<T>(self, conversation: impl FnOnce(C) -> T) -> Outcome<T> {
        match self {
            Self::Over => Outcome::Over,
            Self::Tool(result) => Outcome::Tool(result),
            Self::Run(result) => Outcome::Run(Box::new(result.map(|Answer { text, last_agent, progress }| Answer {
                text,
                last_agent,
                progress: progress.map(conversation),
            }))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        agent::{RunError, RunErrorKind},
        model::{Item, Usage},
        tool::{ToolFailure, ToolFailureKind},
    };
    use serde_json::json;

    fn progress(conversation: Conversation) -> Progress {
        Progress {
            begun_with: 1,
            turn: 3,
            usage: Usage { requests: 3, ..Usage::default() },
            handed_over: vec!["Refunds".into()],
            used_tools: vec!["Planner".into()],
            conversation,
        }
    }

    #[test]
    fn everything_survives_and_no_conversation_is_written_twice() {
        let mut talk: Conversation = [Item::user("a text that is easily found")].into_iter().collect();
        let first = talk.clone();
        talk.push(Item::assistant("b"));
        let other: Conversation = [Item::user("something else")].into_iter().collect();
        let answer =
            |conversation| Answer { text: "b".into(), last_agent: "Refunds".into(), progress: progress(conversation) };
        let failed = RunError { kind: RunErrorKind::MaxTurns { limit: 1 }, partial: Box::default() };
        let gone = ToolFailure { kind: ToolFailureKind::Fatal, message: "gone".into() };
        let past = Past {
            seed: u64::MAX,
            moments: vec![
                Moment { at: Duration::new(5, 1), arrived: vec![("s".into(), json!({"n": 1}))], settled: vec![] },
                Moment {
                    at: Duration::new(6, 999_999_999),
                    arrived: vec![],
                    settled: vec![
                        (0, Outcome::Over),
                        (1, Outcome::Tool(Ok(json!([1])))),
                        (2, Outcome::Tool(Err(gone))),
                        (3, Outcome::Run(Box::new(Ok(answer(first))))),
                        (4, Outcome::Run(Box::new(Err(failed)))),
                    ],
                },
            ],
            runs: [(5, progress(talk)), (6, progress(other))].into(),
            deadlines: [(7, SystemTime::UNIX_EPOCH + Duration::new(9, 9))].into(),
        };
        let handover = Handover::Here(Packed::pack(past.clone()));
        let payload = handover.encode().expect("JSON");
        let text = String::from_utf8(payload.data.clone()).expect("JSON is text");
        assert_eq!(text.matches("easily found").count(), 1, "{text}");
        let read = Handover::decode(Some(&payload)).expect("JSON");
        let Some(Handover::Here(packed)) = read else { panic!("{read:?}") };
        assert_eq!(packed.unpack(), past);
    }

    #[test]
    fn what_a_client_puts_beside_the_input_is_not_ours() {
        let payload = payload::encode(&json!({"here": 1})).expect("JSON");
        assert_eq!(Handover::decode(Some(&payload)).expect("nothing is read"), None);
        assert_eq!(Handover::decode(None).expect("nothing is read"), None);
    }
}
