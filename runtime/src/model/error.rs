//! How a model call fails: one type that keeps the status, the provider's words and whether another try makes sense.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest wait between two attempts at a call. Who is asked to wait longer goes and does something else: asks another
/// model, or waits where waiting costs nothing.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// The code of a call that the worker itself has not sent.
const HELD_BACK: &str = "held_back";

/// A failed model call.
///
/// Its text never holds a request or response body, a header or a key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{}", self.describe())]
#[non_exhaustive]
pub struct ModelError {
    /// What kind of failure it is.
    pub class: ModelErrorClass,
    /// The HTTP status, where there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's error code, as text whatever its JSON type was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The provider's message, or ours where it gave none.
    pub message: String,
    /// The provider's id of the request, for its support.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// How long the provider asked to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Duration>,
    /// What `x-should-retry` said; it overrules the class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub should_retry: Option<bool>,
    /// How many attempts were made before it counted; 0 where nobody has counted them.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub attempts: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &u32) -> bool {
    *n == 0
}

/// The kinds of failure of a model call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ModelErrorClass {
    /// Too many requests (429).
    RateLimited,
    /// The server has too much to do (503, 529).
    Overloaded,
    /// The server failed (500 and above).
    Server,
    /// The answer did not come in time (408 included).
    Timeout,
    /// The server could not be reached, or the connection broke.
    Connection,
    /// A conflict the server asks to try again (409).
    Conflict,
    /// The key is missing or wrong (401).
    Authentication,
    /// The key may not do this (403).
    Permission,
    /// No such model or route (404).
    NotFound,
    /// The request is not one the server accepts (any other 4xx).
    InvalidRequest,
    /// The conversation is longer than the model can read.
    ContextLength,
    /// The provider's filter has stopped the request or the answer.
    ContentFilter,
    /// The provider declines the request as a whole, by its policy. What a model declines is an answer.
    Refused,
    /// The account has no credit left.
    Quota,
    /// The answer could not be read.
    Malformed,
    /// The answer stopped half-way (`incomplete`, or cut off).
    Incomplete,
    /// The call was not sent: too large, or no such provider.
    Configuration,
}

impl ModelError {
    /// A failure of `class` with a message and nothing else known.
    #[must_use]
    pub fn new(class: ModelErrorClass, message: impl Into<String>) -> Self {
        Self {
            class,
            status: None,
            code: None,
            message: message.into(),
            request_id: None,
            retry_after: None,
            should_retry: None,
            attempts: 0,
        }
    }

    /// Whether the same call may succeed if it is made again.
    ///
    /// `x-should-retry` decides where the server sent it, except for a used-up quota and a conversation that is
    /// too long, which no repetition mends.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        use ModelErrorClass as Class;
        match self.class {
            Class::Quota | Class::ContextLength | Class::Configuration => false,
            Class::RateLimited
            | Class::Overloaded
            | Class::Server
            | Class::Timeout
            | Class::Connection
            | Class::Conflict
            | Class::Malformed => self.should_retry.unwrap_or(true),
            Class::Authentication
            | Class::Permission
            | Class::NotFound
            | Class::InvalidRequest
            | Class::ContentFilter
            | Class::Refused
            | Class::Incomplete => self.should_retry.unwrap_or(false),
        }
    }

    /// How long the provider wants to be left alone, if that is longer than anybody waits within a call.
    pub(crate) fn long_wait(&self) -> Option<Duration> {
        self.retry_after.filter(|wait| *wait > LONGEST_WAIT)
    }

    /// A call that was not sent, since there is room for it only after this wait.
    pub(crate) fn held_back(wait: Duration, message: String) -> Self {
        let (code, retry_after) = (Some(HELD_BACK.to_owned()), Some(wait));
        Self { code, retry_after, ..Self::new(ModelErrorClass::RateLimited, message) }
    }

    /// Whether the last attempt was none.
    pub(crate) fn is_held_back(&self) -> bool {
        self.status.is_none() && self.code.as_deref() == Some(HELD_BACK)
    }

    fn describe(&self) -> String {
        let mut text = self.message.clone();
        let facts = [
            self.status.map(|status| format!("HTTP {status}")),
            self.code.as_ref().map(|code| format!("code {code}")),
            self.request_id.as_ref().map(|id| format!("request {id}")),
        ];
        let facts: Vec<String> = facts.into_iter().flatten().collect();
        if !facts.is_empty() {
            text.push_str(&format!(" ({})", facts.join(", ")));
        }
        text
    }
}
