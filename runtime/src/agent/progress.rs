//! How far a run is, at the boundary of a turn: everything that has to survive when the run goes on elsewhere.

use super::{PartialRun, ledger::Spent};
use crate::{
    effects::Deadline,
    model::{Conversation, Item},
    tool::Decision,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The whole state of a run between two turns, apart from what its caller's code makes anew: the agent it began with,
/// and its options.
///
/// One type, so that what a run comes to hold later is not forgotten where it continues as new. `C` is the
/// conversation, or what stands for it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Progress<C = Conversation> {
    pub(crate) conversation: C,
    /// What models are shown in its place, since a filter of a handoff has made it something else.
    #[serde(default = "nothing", skip_serializing_if = "Option::is_none")]
    pub(crate) shown: Option<C>,
    /// How many items of it were there when the run began.
    pub(crate) begun_with: usize,
    /// Model calls made, the one that is next included.
    pub(crate) turn: u32,
    pub(crate) spent: Spent,
    /// When the run has to be over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) deadline: Option<Deadline>,
    /// Which of the agent's models is asked: the first, or one to fall back on.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) fallback: u32,
    /// How many attempts the models before it have used up, at the call that is next.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) attempts: u32,
    /// Whether the conversation was put into fewer words, because a model could not read it whole.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) compacted: bool,
    /// How often a model was told that its answer was none.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(crate) repairs: u32,
    /// Decisions that hold for all calls of a tool.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) always: BTreeMap<String, Decision>,
    /// The functions by which it was handed over, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) handed_over: Vec<String>,
    /// Agents that have used a tool: their `tool_choice` is spent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) used_tools: Vec<String>,
}

/// In place of serde's own default, which would ask one of `C`.
fn nothing<C>() -> Option<C> {
    None
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

impl Progress {
    pub(crate) fn new(input: Conversation) -> Self {
        Self {
            begun_with: input.len(),
            conversation: input,
            shown: None,
            fallback: 0,
            attempts: 0,
            compacted: false,
            repairs: 0,
            turn: 0,
            deadline: None,
            always: BTreeMap::new(),
            spent: Spent::default(),
            handed_over: Vec::new(),
            used_tools: Vec::new(),
        }
    }

    /// Adds what a model has said or is told.
    pub(crate) fn push(&mut self, item: Item) {
        if let Some(shown) = &mut self.shown {
            shown.push(item.clone());
        }
        self.conversation.push(item);
    }

    /// What models are shown.
    pub(crate) fn shown(&self) -> &Conversation {
        self.shown.as_ref().unwrap_or(&self.conversation)
    }

    /// What the run has done, for the error it ends with.
    pub(crate) fn partial(&self, last_agent: String) -> PartialRun {
        PartialRun {
            last_agent,
            items: self.conversation.items_from(self.begun_with),
            items_left_out: 0,
            usage: self.spent.usage(),
            shares: self.spent.shares.clone(),
            turns: self.turn,
        }
    }
}

impl<C> Progress<C> {
    /// The same with another conversation.
    pub(crate) fn map<T>(self, mut conversation: impl FnMut(C) -> T) -> Progress<T> {
        let Self {
            conversation: before,
            shown,
            fallback,
            attempts,
            compacted,
            repairs,
            begun_with,
            turn,
            spent,
            deadline,
            always,
            handed_over,
            used_tools,
        } = self;
        let (before, shown) = (conversation(before), shown.map(conversation));
        Progress {
            conversation: before,
            shown,
            fallback,
            attempts,
            compacted,
            repairs,
            begun_with,
            turn,
            spent,
            deadline,
            always,
            handed_over,
            used_tools,
        }
    }
}
