//! What goes into a run and what comes out of it.

use crate::model::{Item, Usage};

/// What a run starts with: a text, or items.
#[derive(Clone, Debug, Default)]
pub struct Input(pub(crate) Vec<Item>);

impl From<&str> for Input {
    fn from(text: &str) -> Self {
        Self(vec![Item::user(text)])
    }
}

impl From<String> for Input {
    fn from(text: String) -> Self {
        Self(vec![Item::user(text)])
    }
}

impl From<&String> for Input {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Vec<Item>> for Input {
    fn from(items: Vec<Item>) -> Self {
        Self(items)
    }
}

/// A finished run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Run<T> {
    /// The answer.
    pub output: T,
    /// The name of the agent that gave it, which after a handoff is not the one that was started.
    pub last_agent: &'static str,
    /// What the run added to the conversation: calls, their outputs, messages.
    pub items: Vec<Item>,
    /// What it started with.
    pub input: Vec<Item>,
    /// Tokens spent.
    pub usage: Usage,
    /// Model calls made.
    pub turns: u32,
}

impl<T> Run<T> {
    /// The whole conversation, to go on with: put a [`Item::user`] after it and run again.
    #[must_use]
    pub fn conversation(&self) -> Vec<Item> {
        self.input.iter().chain(&self.items).cloned().collect()
    }
}
