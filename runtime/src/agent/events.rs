//! Events: what a run that is streamed shows of itself, to whoever watches.
//!
//! [Hooks](super::hooks) are told in the process that does the work; events are data, and reach others.

use super::{Options, place::Place};
use crate::model::Usage;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, sync::Arc};

/// Something that has happened in a run that is streamed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RunEvent {
    /// The run. One that an agent's call has begun is named after its caller's and the call: `0/call_1`.
    pub run: Arc<str>,
    /// The agent whose turn it was.
    pub agent: String,
    /// What has happened.
    #[serde(flatten)]
    pub kind: RunEventKind,
}

/// What has happened in a run. In JSON it is told apart by `type`: `{"type": "text", ..}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum RunEventKind {
    /// An agent begins: the run's first, or the one that it was handed over to.
    AgentStarted,
    /// The model says something: a piece of its text, which goes on from the piece before. Of a structured answer it is
    /// JSON.
    Text {
        /// The number of the turn in the run, from 1.
        turn: u32,
        /// Which attempt at this answer it is a piece of, from 1.
        attempt: u32,
        /// The piece.
        delta: String,
    },
    /// The text of this turn so far is void: the attempt was lost, and is made again, or was the last.
    TextDropped {
        /// The number of the turn in the run, from 1.
        turn: u32,
    },
    /// A tool is about to be called.
    ToolStarted {
        /// The tool, or the agent that is one.
        tool: String,
        /// The model's id of the call.
        call_id: String,
        /// What it is called with.
        arguments: Map<String, Value>,
    },
    /// A tool has come back.
    ToolFinished {
        /// The tool, or the agent that is one.
        tool: String,
        /// The model's id of the call.
        call_id: String,
        /// Its result.
        output: Value,
    },
    /// A tool has failed for good.
    ToolFailed {
        /// The tool, or the agent that is one.
        tool: String,
        /// The model's id of the call.
        call_id: String,
        /// Why.
        message: String,
    },
    /// A call waits for somebody's approval; [`Handle::approvals`](crate::Handle::approvals) has what has to be known to
    /// give it.
    ApprovalNeeded {
        /// The tool.
        tool: String,
        /// The model's id of the call.
        call_id: String,
        /// What it is to be called with.
        arguments: Map<String, Value>,
    },
    /// The agent has handed the run over.
    HandedOver {
        /// The agent that goes on.
        to: String,
    },
    /// A turn is over: the model has answered, and what it has called for is done.
    TurnEnded {
        /// The number of the turn in the run, from 1.
        turn: u32,
        /// What the model's answer has cost.
        usage: Usage,
    },
    /// The run has its answer.
    Done {
        /// The answer; one that is typed, as JSON.
        output: Value,
        /// What was spent, by the run and by the agents that it has called.
        usage: Usage,
    },
    /// The run has ended without an answer, or was interrupted.
    Failed {
        /// The stable [code](crate::RunErrorKind::code) of the error.
        code: String,
        /// The error in words.
        message: String,
    },
}

/// Somebody who takes events in.
pub(crate) trait Hear: Send + Sync {
    fn hear(&self, event: RunEvent);
}

/// Somebody who takes in the events of a run. Clones are the same.
#[derive(Clone)]
pub(crate) struct Listener(pub(crate) Arc<dyn Hear>);

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// Where the text of a model call goes.
#[derive(Clone, Debug)]
pub(crate) struct Stream {
    /// The run that the call belongs to.
    pub(crate) run: Arc<str>,
    pub(crate) listener: Listener,
}

impl Stream {
    pub(crate) fn show(&self, agent: &str, kind: RunEventKind) {
        self.listener.0.hear(RunEvent { run: Arc::clone(&self.run), agent: agent.to_owned(), kind });
    }
}

impl Options {
    /// Where the text of the run's model calls goes, if it is streamed.
    pub(super) fn stream(&self, run: &Arc<str>) -> Option<Stream> {
        let listener = self.listener.clone()?;
        Some(Stream { run: Arc::clone(run), listener })
    }
}

impl Place<'_> {
    /// Shows whoever watches the run what happens in it. Other than hooks, they are shown it by replays as well: that is
    /// how what was shown before comes to be known on another worker.
    pub(super) fn show(self, agent: &str, kind: impl FnOnce() -> RunEventKind) {
        if let Some(stream) = self.options.stream(self.run) {
            stream.show(agent, kind());
        }
    }
}
