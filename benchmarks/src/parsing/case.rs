//! What is read: an answer of one of the two APIs, streamed or whole.

use super::said::Said;
use crate::Result;
use std::fmt;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    Responses,
    Chat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A text, each event in a chunk of its own, as it comes from OpenAI.
    Text,
    /// The same in chunks of 16 kB, as it comes through a proxy that does not pass on at once what it has.
    Buffered,
    /// A call with long arguments.
    Call,
    /// A text that is not streamed.
    Whole,
}

/// An answer. It is called what the model is called that gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Case {
    pub(super) api: Api,
    pub(super) kind: Kind,
}

impl Case {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        let kinds = [Kind::Text, Kind::Buffered, Kind::Call, Kind::Whole];
        [Api::Responses, Api::Chat].into_iter().flat_map(move |api| kinds.map(|kind| Self { api, kind }))
    }

    pub(super) fn named(name: &str) -> Result<Self> {
        let case = Self::all().find(|case| case.to_string() == name);
        case.ok_or_else(|| format!("there is no answer `{name}`").into())
    }

    pub(super) fn said(self) -> Said {
        if self.kind == Kind::Call { Said::call() } else { Said::text() }
    }

    pub(super) fn is_streamed(self) -> bool {
        self.kind != Kind::Whole
    }

    /// What it is, for people.
    pub(super) fn title(self) -> String {
        let api = match self.api {
            Api::Responses => "Responses",
            Api::Chat => "Chat Completions",
        };
        let kind = match self.kind {
            Kind::Text => "text",
            Kind::Buffered => "text, buffered",
            Kind::Call => "tool call",
            Kind::Whole => "text, not streamed",
        };
        format!("{api}, {kind}")
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let api = match self.api {
            Api::Responses => "responses",
            Api::Chat => "chat",
        };
        let kind = match self.kind {
            Kind::Text => "text",
            Kind::Buffered => "buffered",
            Kind::Call => "call",
            Kind::Whole => "whole",
        };
        write!(f, "{api}-{kind}")
    }
}
