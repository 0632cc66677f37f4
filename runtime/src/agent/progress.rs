//! How far a run is, at the boundary of a turn: everything that has to survive when the run goes on elsewhere.

use super::PartialRun;
use crate::model::{Conversation, Usage};
use serde::{Deserialize, Serialize};

/// The whole state of a run between two turns, apart from what its caller's code makes anew: the agent it began with,
/// and its options.
///
/// One type, so that what a run comes to hold later is not forgotten where it continues as new. `C` is the
/// conversation, or what stands for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress<C = Conversation> {
    pub(crate) conversation: C,
    /// How many items of it were there when the run began.
    pub(crate) begun_with: usize,
    /// Model calls made, the one that is next included.
    pub(crate) turn: u32,
    pub(crate) usage: Usage,
    /// The agents that were handed over to, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) handed_over: Vec<String>,
    /// Agents that have used a tool: their `tool_choice` is spent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) used_tools: Vec<String>,
}

impl Progress {
    pub(crate) fn new(input: Conversation) -> Self {
        Self {
            begun_with: input.len(),
            conversation: input,
            turn: 0,
            usage: Usage::default(),
            handed_over: Vec::new(),
            used_tools: Vec::new(),
        }
    }

    /// What the run has done, for the error it ends with.
    pub(crate) fn partial(&self, last_agent: String) -> PartialRun {
        PartialRun {
            last_agent,
            items: self.conversation.items_from(self.begun_with),
            items_left_out: 0,
            usage: self.usage,
            turns: self.turn,
        }
    }
}

impl<C> Progress<C> {
    /// The same with another conversation.
    pub(crate) fn map<T>(self, conversation: impl FnOnce(C) -> T) -> Progress<T> {
        let Self { conversation: before, begun_with, turn, usage, handed_over, used_tools } = self;
        Progress { conversation: conversation(before), begun_with, turn, usage, handed_over, used_tools }
    }
}
