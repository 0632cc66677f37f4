//! What goes into a run and what comes out of it.

use super::Share;
use crate::model::{Conversation, Item, Usage};

/// What a run starts with: a text, items, or the conversation of an earlier run.
#[derive(Clone, Debug, Default)]
pub struct Input(pub(crate) Conversation);

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self::from(vec![Item::user(text)])
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        Self::from(vec![Item::user(text)])
    }
}

impl From<&String> for Input {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Vec<Item>> for Input {
    fn from(items: Vec<Item>) -> Self {
        Self(items.into())
    }
}

impl From<Conversation> for Input {
    fn from(conversation: Conversation) -> Self {
        Self(conversation)
    }
}

impl From<&Conversation> for Input {
    fn from(conversation: &Conversation) -> Self {
        Self(conversation.clone())
    }
}

/// A finished run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run<T> {
    /// The answer.
    pub output: T,
    /// The name of the agent that gave it, which after a handoff is not the one that was started.
    pub last_agent: String,
    /// The whole conversation, to go on with: push an [`Item::user`] and run again.
    pub conversation: Conversation,
    /// What the model was shown in its place at the end, if it was too long and the agent's `compaction` has put it into fewer
    /// words. Go on with this, and it need not be done again; a [`Session`](crate::Session) does.
    pub compacted: Option<Conversation>,
    /// How many of its items the run started with.
    pub(crate) begun_with: usize,
    /// What was spent, by the run and by the agents that it has called.
    pub usage: Usage,
    /// The same by agent and by model, in the order of each one's first answer.
    pub shares: Vec<Share>,
    /// Model calls made.
    pub turns: u32,
}

impl<T> Run<T> {
    /// What this agent has spent, on all its models.
    #[must_use]
    pub fn usage_of_agent(&self, name: &str) -> Usage {
        self.sum(|share| share.agent == name)
    }

    /// What was spent on this model, by all agents.
    #[must_use]
    pub fn usage_of_model(&self, name: &str) -> Usage {
        self.sum(|share| share.model == name)
    }

    fn sum(&self, of: impl Fn(&Share) -> bool) -> Usage {
        self.shares.iter().filter(|share| of(share)).fold(Usage::default(), |mut sum, share| {
            sum += share.usage;
            sum
        })
    }

    /// What the run added to the conversation: calls, their outputs, messages.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.conversation.items_from(self.begun_with)
    }
}
