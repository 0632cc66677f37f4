//! The Chat Completions API, which nearly every model server speaks: our items as its messages, and back.

mod answer;
mod content;
mod messages;
mod own;
mod request;

pub(super) use answer::read;
pub(super) use own::CHAT;
pub(super) use request::Body;
