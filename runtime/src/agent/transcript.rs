//! What goes into a run and what comes out of it.

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
    /// How many of its items the run started with.
    pub(crate) begun_with: usize,
    /// Tokens spent.
    pub usage: Usage,
    /// Model calls made.
    pub turns: u32,
}

impl<T> Run<T> {
    /// What the run added to the conversation: calls, their outputs, messages.
    #[must_use]
    pub fn items(&self) -> Vec<Item> {
        self.conversation.items_from(self.begun_with)
    }
}
