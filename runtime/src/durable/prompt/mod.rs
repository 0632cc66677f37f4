//! What a model reads, by reference: how a conversation reaches the worker that calls the model without being recorded
//! at every turn.
//!
//! A model call says what it is about in some hundred bytes: how many items, and a digest of them (`Reference`). The
//! worker that runs the workflow keeps the conversation in a cache (`cache`), where the activity finds it, mostly in
//! the same process. An activity that does not find it asks the workflow (`fetch`), which knows what it has called for
//! (`open`). The workflow is the truth, so nothing is stored anywhere else, and queries add nothing to its history.

mod cache;
mod fetch;
mod open;
mod settings;

pub(crate) use cache::Prompts;
pub(crate) use fetch::{FetchError, Source, resolve};
pub(crate) use open::{Ask, OpenCalls, PAGE_QUERY, Page};
pub use settings::ByReference;

use crate::model::{Conversation, Digest};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a model reads in one call, apart from what the worker knows by the agent's name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prompt {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<Arc<str>>,
    #[serde(rename = "items")]
    pub(crate) conversation: Conversation,
}

/// What stands for a prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Reference {
    /// How many items there are.
    pub(crate) items: usize,
    /// What they are.
    pub(crate) digest: Digest,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) instructions: Option<Digest>,
}

/// A prompt on its way to the model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Sent {
    /// So small that it is hardly larger than a reference.
    Whole(Prompt),
    Reference(Reference),
}

impl Prompt {
    pub(crate) fn reference(&self) -> Reference {
        Reference {
            items: self.conversation.len(),
            digest: self.conversation.digest(),
            instructions: self.instructions.as_deref().map(Digest::of),
        }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.conversation.bytes() + self.instructions.as_ref().map_or(0, |text| text.len())
    }
}
