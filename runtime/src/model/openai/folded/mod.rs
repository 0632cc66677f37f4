//! A streamed answer, folded into the whole that the server would have sent without streaming.
//!
//! Text is told as it comes; everything else is read from the whole, by the same readers. An answer is complete only
//! after its end event, whatever came before.

mod chat;
mod merge;
mod response;
#[cfg(test)]
mod tests;
mod usual;

pub(super) use chat::Chat;
pub(super) use response::Response;

use crate::model::{ModelError, ModelErrorClass, OnText};
use serde::Deserialize;
use std::borrow::Cow;

/// One of the two APIs' ways to stream.
#[derive(Debug)]
pub(super) enum Folded {
    /// The end event of the Responses API has the whole in it.
    Response(Response),
    /// The chunks of Chat Completions have to be put together.
    Chat(Box<Chat>),
}

/// What an event meant.
pub(super) enum Folding {
    /// More is to come; `writing` says whether a text or a call is being written, and no thought thought.
    Goes { writing: bool },
    /// The body of the whole answer.
    Ended(Vec<u8>),
}

impl Folded {
    /// Takes in the data of the next event.
    ///
    /// # Errors
    /// When it is no JSON, or says that something went wrong.
    pub(super) fn take(&mut self, data: &str, heard: &OnText) -> Result<Folding, ModelError> {
        match self {
            Self::Response(response) => response.take(data, heard),
            Self::Chat(chat) => chat.take(data, heard),
        }
    }

    /// The body of an answer that has failed already, so that its end event would change nothing.
    pub(super) fn failed(self) -> Option<Vec<u8>> {
        match self {
            Self::Response(response) => response.failed(),
            Self::Chat(chat) => chat.failed(),
        }
    }
}

/// A text of an event, copied only where something in it is escaped. In an `Option`, `Cow` alone would always be.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

fn unreadable(_: serde_json::Error) -> ModelError {
    ModelError::new(ModelErrorClass::Malformed, "the answer's stream has an event that is not JSON")
}
