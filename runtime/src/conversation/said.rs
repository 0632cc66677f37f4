//! What is said in a conversation, and told of it.

use crate::model::{Item, Usage};
use serde::{Deserialize, Serialize};

/// What somebody says to an agent: a text, or items such as images.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Said {
    /// A user's text.
    Text(String),
    /// Items of a conversation.
    Items(Vec<Item>),
}

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<Item>> for Said {
    fn from(items: Vec<Item>) -> Self {
        Self::Items(items)
    }
}

/// What a conversation is about at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Doing {
    /// It waits for a message.
    Idle,
    /// The agent is at work on one; it may also wait for an approval.
    Answering,
    /// It has been asked to end, and ends when it has answered what is queued.
    Ending,
}

/// How a conversation stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Status {
    /// What it is about.
    pub doing: Doing,
    /// How many messages wait for their turn.
    pub queued: usize,
    /// How many were answered.
    pub answered: u64,
    /// How many ended with an error, or were stopped.
    pub failed: u64,
    /// What was spent, but for messages whose answer was stopped: those leave nothing behind.
    pub usage: Usage,
}

/// A page of what was said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Transcript {
    /// The items of this page.
    pub items: Vec<Item>,
    /// The number of the first of them, from the beginning of the conversation.
    pub from: usize,
    /// How many there are in all. Those before the first that is kept are gone.
    pub total: usize,
}

/// Where a page begins.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) from: usize,
}

/// How a conversation ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Ended {
    /// Why; in JSON, `ended`.
    #[serde(rename = "ended")]
    pub because: Because,
    /// How many messages were answered.
    pub answered: u64,
    /// What was spent.
    pub usage: Usage,
}

/// Why a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Because {
    /// Somebody has asked it to. In JSON, `ended`.
    #[serde(rename = "ended")]
    Asked,
    /// Nothing was said for too long.
    Idle,
}
