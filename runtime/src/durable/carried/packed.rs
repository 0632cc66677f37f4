//! What is carried, written down with each conversation in it once, and compressed: it is recorded twice, at the end of
//! one run and at the start of the next, and again by each run that follows.

use crate::durable::{
    journal::{Moment, Outcome, Past},
    limits::MAX_CARRIED_IN_ALL,
};
use crate::{
    agent::{Answer, Progress},
    model::{Conversation, Digest},
};
use flate2::{
    Compression,
    read::{ZlibDecoder, ZlibEncoder},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    io::{self, Read as _},
    time::{Duration, SystemTime},
};

/// What is carried, with each conversation in it once.
///
/// Runs of agents share conversations: each goes on where the one before it ended. Here they only say which one they
/// mean, and how much of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Packed {
    seed: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    conversations: Vec<Branch>,
    moments: Vec<Moment<Excerpt>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    runs: BTreeMap<u64, Progress<Excerpt>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    deadlines: BTreeMap<u64, Duration>,
    #[serde(default, skip_serializing_if = "is_zero")]
    shown: u64,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    patches: BTreeMap<String, bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<Value>,
    #[serde(default, skip_serializing_if = "is_zero")]
    asked: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_anew: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u64) -> bool {
    *n == 0
}

/// A conversation: what it has in common with one before it, and the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Branch {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Excerpt>,
    rest: Conversation,
}

/// The beginning of one of the conversations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Excerpt {
    of: usize,
    items: usize,
}

/// Why something cannot be written down.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwritten {
    #[error("{size} bytes are too many")]
    TooLarge { size: usize },
    #[error(transparent)]
    Other(#[from] io::Error),
}

impl Packed {
    /// Writes it as compressed JSON.
    pub(crate) fn write(&self) -> Result<Vec<u8>, Unwritten> {
        let json = serde_json::to_vec(self).map_err(io::Error::from)?;
        if json.len() > MAX_CARRIED_IN_ALL {
            return Err(Unwritten::TooLarge { size: json.len() });
        }
        let mut left = Vec::new();
        ZlibEncoder::new(json.as_slice(), Compression::default()).read_to_end(&mut left)?;
        Ok(left)
    }

    pub(crate) fn read(left: &[u8]) -> Result<Self, io::Error> {
        // What is longer was not written by us, and would fill the memory.
        let bound = u64::try_from(MAX_CARRIED_IN_ALL).unwrap_or(u64::MAX);
        let mut json = Vec::new();
        ZlibDecoder::new(left).take(bound).read_to_end(&mut json)?;
        Ok(serde_json::from_slice(&json)?)
    }

    pub(crate) fn pack(past: Past) -> Self {
        let Past { seed, moments, runs, deadlines, shown, patches, state, asked, is_anew } = past;
        let mut conversations = Conversations::default();
        let moments = moments.into_iter().map(|moment| moment.map(|told| conversations.excerpt(told))).collect();
        let runs =
            runs.into_iter().map(|(number, run)| (number, run.map(|told| conversations.excerpt(told)))).collect();
        let deadlines = deadlines.into_iter();
        let deadlines = deadlines
            .map(|(number, end)| (number, end.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()))
            .collect();
        Self {
            seed,
            conversations: conversations.branches(),
            moments,
            runs,
            deadlines,
            shown,
            patches,
            state,
            asked,
            is_anew,
        }
    }

    pub(crate) fn unpack(self) -> Past {
        let Self { seed, conversations, moments, runs, deadlines, shown, patches, state, asked, is_anew } = self;
        let mut wholes: Vec<Conversation> = Vec::new();
        for Branch { from, rest } in conversations {
            let mut whole = from.and_then(|from| Some(wholes.get(from.of)?.first(from.items))).unwrap_or_default();
            rest.visit_from(0, |json| whole.push_json(json.to_owned()));
            wholes.push(whole);
        }
        let whole = |excerpt: Excerpt| wholes.get(excerpt.of).cloned().unwrap_or_default().first(excerpt.items);
        Past {
            seed,
            moments: moments.into_iter().map(|moment| moment.map(whole)).collect(),
            runs: runs.into_iter().map(|(number, run)| (number, run.map(whole))).collect(),
            deadlines: deadlines.into_iter().map(|(number, end)| (number, SystemTime::UNIX_EPOCH + end)).collect(),
            shown,
            patches,
            state,
            asked,
            is_anew,
        }
    }
}

/// How many conversations with the same first item are looked through for the one that another has grown out of.
const LOOKED_THROUGH: usize = 64;

/// Conversations, none of which is the beginning of another.
#[derive(Default)]
struct Conversations {
    wholes: Vec<(Option<Excerpt>, Conversation)>,
    /// Which of them begin with the same item.
    families: BTreeMap<Option<Digest>, Vec<usize>>,
}

impl Conversations {
    fn excerpt(&mut self, told: Conversation) -> Excerpt {
        let items = told.len();
        let family = self.families.entry(told.digest_of(1)).or_default();
        let mut nearest = None;
        for &of in family.iter().rev().take(LOOKED_THROUGH) {
            let known = &mut self.wholes[of].1;
            let common = in_common(known, &told);
            if common == known.len() || common == items {
                if known.len() < items {
                    *known = told;
                }
                return Excerpt { of, items };
            }
            nearest = nearest.max(Some((common, of)));
        }
        let of = self.wholes.len();
        family.push(of);
        let from = nearest.filter(|(items, _)| *items > 0).map(|(items, of)| Excerpt { of, items });
        self.wholes.push((from, told));
        Excerpt { of, items }
    }

    fn branches(self) -> Vec<Branch> {
        let branch = |(from, whole): (Option<Excerpt>, Conversation)| {
            let mut rest = Conversation::new();
            whole.visit_from(from.map_or(0, |from| from.items), |json| rest.push_json(json.to_owned()));
            Branch { from, rest }
        };
        self.wholes.into_iter().map(branch).collect()
    }
}

/// How many items two conversations begin with alike: found by halves, since each digest stands for all before it.
fn in_common(one: &Conversation, other: &Conversation) -> usize {
    let (mut alike, mut different) = (0, one.len().min(other.len()) + 1);
    while different - alike > 1 {
        let middle = usize::midpoint(alike, different);
        if one.digest_of(middle) == other.digest_of(middle) { alike = middle } else { different = middle }
    }
    alike
}

impl<C> Moment<C> {
    fn map<T>(self, mut conversation: impl FnMut(C) -> T) -> Moment<T> {
        let Self { at, arrived, settled, is_long } = self;
        let settled = settled.into_iter().map(|(number, outcome)| (number, outcome.map(&mut conversation))).collect();
        Moment { at, arrived, settled, is_long }
    }
}

impl<C> Outcome<C> {
    fn map<T>(self, conversation: impl FnMut(C) -> T) -> Outcome<T> {
        match self {
            Self::Over => Outcome::Over,
            Self::Child(result) => Outcome::Child(result),
            Self::Started(result) => Outcome::Started(result),
            Self::Sent(result) => Outcome::Sent(result),
            Self::Tool(result) => Outcome::Tool(result),
            Self::Run(result) => {
                Outcome::Run(Box::new(result.map(|Answer { text, is_tool_output, last_agent, progress }| Answer {
                    text,
                    is_tool_output,
                    last_agent,
                    progress: progress.map(conversation),
                })))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::durable::inbox::Arrival;
    use crate::{
        agent::{RunError, RunErrorKind, Spent},
        effects::Deadline,
        model::Item,
        tool::{Decision, ToolFailure, ToolFailureKind},
    };
    use serde_json::json;

    fn progress(conversation: Conversation) -> Progress {
        Progress {
            begun_with: 1,
            turn: 3,
            spent: Spent { model_calls: 3, ..Spent::default() },
            deadline: Deadline::after(Duration::from_secs(5), SystemTime::UNIX_EPOCH),
            fallback: 1,
            attempts: 2,
            compacted: true,
            repairs: 1,
            always: [("pay".to_owned(), Decision::approve("ann").always())].into(),
            shown: Some([Item::user("a text that stands for others")].into_iter().collect()),
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
        let answer = |conversation| Answer {
            text: "b".into(),
            is_tool_output: true,
            last_agent: "Refunds".into(),
            progress: progress(conversation),
        };
        let failed = RunError { kind: RunErrorKind::MaxTurns { limit: 1 }, partial: Box::default() };
        let gone = ToolFailure { kind: ToolFailureKind::Fatal, message: "gone".into() };
        let past = Past {
            seed: u64::MAX,
            moments: vec![
                Moment {
                    at: Duration::new(5, 1),
                    arrived: vec![Arrival::Signal("s".into(), json!({"n": 1}))],
                    settled: vec![],
                    is_long: false,
                },
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
                    is_long: true,
                },
            ],
            runs: [(5, progress(talk)), (6, progress(other))].into(),
            deadlines: [(7, SystemTime::UNIX_EPOCH + Duration::new(9, 9))].into(),
            shown: 11,
            patches: [("p".to_owned(), true)].into(),
            state: Some(json!({"a": 1})),
            asked: 12,
            is_anew: false,
        };
        let packed = Packed::pack(past.clone());
        let text = serde_json::to_string(&packed).expect("JSON");
        assert_eq!(text.matches("easily found").count(), 1, "{text}");
        let read = Packed::read(&packed.write().expect("it can be written")).expect("it can be read");
        assert_eq!(read.unpack(), past);
    }

    #[test]
    fn what_is_cut_or_no_such_thing_is_an_error() {
        let past = Past {
            seed: 1,
            moments: vec![],
            runs: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            shown: 0,
            patches: BTreeMap::new(),
            state: None,
            asked: 0,
            is_anew: false,
        };
        let left = Packed::pack(past).write().expect("it can be written");
        for bad in [&left[..left.len() - 6], &[], b"{}"] {
            assert!(Packed::read(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_conversation_gets_smaller() {
        let talk = (0..500).map(|n| Item::user(format!("the answer to question {n} is known by now")));
        let past = Past {
            seed: 1,
            moments: vec![],
            runs: [(0, progress(talk.collect()))].into(),
            deadlines: BTreeMap::new(),
            shown: 0,
            patches: [("p".to_owned(), true)].into(),
            state: Some(json!({"a": 1})),
            asked: 12,
            is_anew: false,
        };
        let packed = Packed::pack(past);
        let (plain, left) = (serde_json::to_vec(&packed).expect("JSON"), packed.write().expect("it can be written"));
        assert!(left.len() * 3 < plain.len(), "{} of {}", left.len(), plain.len());
    }

    #[test]
    fn too_much_is_refused() {
        let talk: Conversation = [Item::user("x".repeat(MAX_CARRIED_IN_ALL))].into_iter().collect();
        let past = Past {
            seed: 1,
            moments: vec![],
            runs: [(0, progress(talk))].into(),
            deadlines: BTreeMap::new(),
            shown: 0,
            patches: BTreeMap::new(),
            state: None,
            asked: 0,
            is_anew: false,
        };
        let error = Packed::pack(past).write().expect_err("too large");
        assert!(matches!(error, Unwritten::TooLarge { size } if size > MAX_CARRIED_IN_ALL), "{error}");
    }

    #[test]
    fn conversations_that_part_share_what_they_have_in_common() {
        let talk = |texts: &[&str]| texts.iter().map(|text| Item::user(*text)).collect::<Conversation>();
        let common = "x".repeat(1_000);
        let ends = ["a", "b", "c"].map(|end| talk(&["start", &common, end]));
        let others = [talk(&["start", &common]), talk(&["start", &common, "b", "more"]), talk(&["other"]), talk(&[])];
        let all: Vec<Conversation> = ends.into_iter().chain(others).collect();
        let mut conversations = Conversations::default();
        let excerpts: Vec<Excerpt> = all.iter().map(|told| conversations.excerpt(told.clone())).collect();
        let runs = excerpts.into_iter().zip(0..);
        let progress = progress(Conversation::new());
        let packed = Packed {
            seed: 0,
            runs: runs.map(|(excerpt, number)| (number, progress.clone().map(|_| excerpt))).collect(),
            conversations: conversations.branches(),
            moments: Vec::new(),
            deadlines: BTreeMap::new(),
            shown: 0,
            patches: [("p".to_owned(), true)].into(),
            state: Some(json!({"a": 1})),
            asked: 12,
            is_anew: false,
        };
        let json = serde_json::to_string(&packed).expect("JSON");
        assert_eq!(json.matches(&common).count(), 1, "{json}");
        let read: Packed = serde_json::from_str(&json).expect("JSON");
        let whole: Vec<Conversation> = read.unpack().runs.into_values().map(|run| run.conversation).collect();
        assert_eq!(whole, all);
    }
}
