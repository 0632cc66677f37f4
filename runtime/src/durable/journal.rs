//! What a workflow's code was told, and when: kept so that a new run of the workflow can tell it again.
//!
//! A history has an end, a workflow need not have one. Before its history is full, a workflow *continues as new*: it
//! goes on as another run with an empty history. Its code cannot be carried over, but what it was told can. The new
//! run executes the function from its start and is served from this journal until it has caught up: at every moment
//! the same arrivals, the same outcomes, the same time, so that it asks for the same things in the same order.
//!
//! A run of an agent counts as one thing, however many turns it took: finished, it is its answer; in progress, it is
//! the state of its last turn boundary.

use super::inbox::Arrival;
use crate::{
    WorkflowError,
    agent::{Answer, Progress, RunError},
    model::Conversation,
    tool::ToolFailure,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

/// What had happened before the code was polled once. `C` is a conversation, or what stands for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Moment<C = Conversation> {
    /// When it was, since the Unix epoch.
    pub(crate) at: Duration,
    /// Signals and updates.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(crate) arrived: Vec<Arrival>,
    /// What came of things that were asked for, by their number.
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    pub(crate) settled: Vec<(u64, Outcome<C>)>,
    /// From here on, it would be good to go on as a new run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_long: bool,
}

/// What came of something that workflow code asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome<C = Conversation> {
    /// A time is over, or a signal is there.
    Over,
    Tool(Result<Value, ToolFailure>),
    /// What a child resulted in.
    Child(Result<Value, WorkflowError>),
    /// A child was started: the number of the request, and its id.
    Started(Result<(u64, String), WorkflowError>),
    /// Another workflow was sent something.
    Sent(Result<(), WorkflowError>),
    Run(Box<Result<Answer<C>, RunError>>),
}

/// Everything that goes from one run of a workflow to the next, beside its input.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Past {
    /// Makes the random values of the workflow.
    pub(crate) seed: u64,
    pub(crate) moments: Vec<Moment>,
    /// Agents' runs in progress, each at the boundary of a turn.
    pub(crate) runs: BTreeMap<u64, Progress>,
    /// When the times that are waited for are over.
    pub(crate) deadlines: BTreeMap<u64, SystemTime>,
    /// How much streamed runs have shown.
    pub(crate) shown: u64,
    /// Which patches the code goes along with.
    pub(crate) patches: BTreeMap<String, bool>,
    /// What the code begins with, where it has said so itself.
    pub(crate) state: Option<Value>,
    /// How many things were asked for before, by code that has begun anew since.
    pub(crate) asked: u64,
    /// Whether the code begins anew, with nothing to be told again; what has arrived is news to it.
    pub(crate) is_anew: bool,
}

impl Moment {
    /// A moment in which nothing has settled.
    pub(crate) fn at(time: SystemTime, arrived: Vec<Arrival>) -> Self {
        Self { at: since_epoch(time), arrived, settled: Vec::new(), is_long: false }
    }
}

impl Past {
    /// Whether it is more than the beginning of the code.
    pub(crate) fn is_long(&self) -> bool {
        self.moments.len() > 1 || self.moments.iter().any(|moment| moment.is_long)
    }

    /// When the code began that is told again.
    pub(crate) fn began(&self) -> Option<SystemTime> {
        self.moments.first().filter(|_| !self.is_anew).map(|moment| SystemTime::UNIX_EPOCH + moment.at)
    }
}

/// Writes moments down as they pass, and gives outcomes back while a new run catches up.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    moments: Vec<Moment>,
    /// What has happened since the last poll.
    arrived: Vec<Arrival>,
    settled: Vec<(u64, Outcome)>,
    /// The time of the poll in progress, and whether its moment is written down already.
    polling: Option<(Duration, bool)>,
    /// While catching up: what settles in the very poll that asks for it.
    at_once: Option<BTreeMap<u64, Outcome>>,
    /// Whether the code was told that it would be good to go on as a new run.
    is_long: bool,
    /// How many things were asked for before it.
    asked: u64,
}

impl Journal {
    /// A journal that goes on after this, which is told first, if there is anything to tell.
    pub(crate) fn after(past: &Past) -> Self {
        let asked = past.asked;
        if past.is_anew {
            return Self { asked, ..Self::default() };
        }
        let moments = past.moments.clone();
        let is_long = moments.iter().any(|moment| moment.is_long);
        Self { asked, moments, at_once: Some(BTreeMap::new()), is_long, ..Self::default() }
    }

    /// Begins a poll of the code: what has happened since the last becomes a moment.
    pub(crate) fn begin_poll(&mut self, now: SystemTime, arrived: Vec<Arrival>, is_long: bool) {
        let at = since_epoch(now);
        let is_long = is_long && !std::mem::replace(&mut self.is_long, true);
        self.arrived.extend(arrived);
        let (arrived, settled) = (std::mem::take(&mut self.arrived), std::mem::take(&mut self.settled));
        // The first moment tells the code when it began.
        let is_one = !arrived.is_empty() || !settled.is_empty() || is_long || self.moments.is_empty();
        if is_one {
            self.moments.push(Moment { at, arrived, settled, is_long });
        }
        self.polling = Some((at, is_one));
    }

    pub(crate) fn end_poll(&mut self) {
        self.polling = None;
    }

    /// Writes down what came of number `id`: before the poll that will see it, or in it, as when a run ends.
    pub(crate) fn settle(&mut self, id: u64, outcome: Outcome) {
        if self.polling.is_none() {
            return self.settled.push((id, outcome));
        }
        self.goes_on();
        if let Some(moment) = self.moments.last_mut() {
            moment.settled.push((id, outcome));
        }
    }

    /// The code goes on in this poll, by itself or because of what stands in no journal, such as the time: a new run has to be
    /// told of it, or would find it later.
    pub(crate) fn goes_on(&mut self) {
        if let Some((at, is_written)) = &mut self.polling
            && !std::mem::replace(is_written, true)
        {
            self.moments.push(Moment { at: *at, arrived: Vec::new(), settled: Vec::new(), is_long: false });
        }
    }

    /// The number of the first thing that is asked for.
    pub(crate) fn first(&self) -> u64 {
        self.asked
    }

    /// What was written down so far.
    pub(crate) fn moments(&self) -> &[Moment] {
        &self.moments
    }

    /// Everything that was written down, with what has happened since the last poll.
    pub(crate) fn close(&mut self, now: SystemTime, arrived: Vec<Arrival>) -> Vec<Moment> {
        self.begin_poll(now, arrived, false);
        std::mem::take(&mut self.moments)
    }

    /// Whether the code is being told what it was told before.
    pub(crate) fn is_catching_up(&self) -> bool {
        self.at_once.is_some()
    }

    /// While catching up: `id` has settled in this moment, and nobody has asked for it yet.
    pub(crate) fn expect_at_once(&mut self, id: u64, outcome: Outcome) {
        self.at_once.get_or_insert_default().insert(id, outcome);
    }

    /// What came of `id`, if that was in the moment that is being told.
    pub(crate) fn take_at_once(&mut self, id: u64) -> Option<Outcome> {
        self.at_once.as_mut()?.remove(&id)
    }

    /// Whether something was expected in this moment and never asked for.
    pub(crate) fn is_expecting(&self) -> bool {
        self.at_once.as_ref().is_some_and(|expected| !expected.is_empty())
    }

    pub(crate) fn has_caught_up(&mut self) {
        self.at_once = None;
    }
}

fn since_epoch(time: SystemTime) -> Duration {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}
