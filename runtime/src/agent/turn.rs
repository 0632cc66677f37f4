//! A turn of a run, for rules about it.

use crate::{model::Conversation, tool::Given};
use serde::de::DeserializeOwned;

/// A turn that is about to begin, as the rules see it that decide what the model is offered.
///
/// Rules are asked by the agent's loop, so what they may look at is what the loop knows: nothing that a replay would not
/// bring again.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Turn<'a> {
    /// The agent whose turn it is.
    pub agent: &'a str,
    /// The number of the turn in the run, from 1.
    pub number: u32,
    /// Whether the agent has used a tool in this run already.
    pub has_used_tools: bool,
    /// The conversation so far.
    pub conversation: &'a Conversation,
    pub(crate) given: &'a Given,
}

impl Turn<'_> {
    /// The context of the run, if it has one of this type.
    #[must_use]
    pub fn context<T: DeserializeOwned>(&self) -> Option<T> {
        self.given.read().ok()
    }
}
