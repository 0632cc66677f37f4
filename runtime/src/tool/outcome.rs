//! How a tool call ends badly: what the tool says (`ToolError`), and what the run makes of it (`ToolFailure`).

use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// What a tool may return: anything serde can write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a tool",
    label = "a model cannot be told a `{Self}`",
    note = "derive `serde::Serialize` for `{Self}`"
)]
pub trait ToolResult: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> ToolResult for T {}

/// The error a tool returns. By default it is told to the model, which may try something else.
///
/// Any error that displays converts with `?`; its `Display` text is what the model reads.
#[derive(Debug)]
pub struct ToolError {
    pub(crate) message: String,
    pub(crate) kind: ToolFailureKind,
}

impl ToolError {
    /// An error the model is told about.
    #[must_use]
    pub fn new(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), kind: ToolFailureKind::Failed }
    }

    /// An error that ends the whole run: nothing the model could do would help.
    #[must_use]
    pub fn fatal(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), kind: ToolFailureKind::Fatal }
    }

    pub(crate) fn bad_arguments(message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), kind: ToolFailureKind::BadArguments }
    }

    pub(crate) fn timed_out(tool: &str, after: Duration) -> Self {
        let message = format!("Tool '{tool}' timed out after {} seconds.", after.as_secs_f64());
        Self { message, kind: ToolFailureKind::TimedOut }
    }

    pub(crate) fn too_large(tool: &str, bytes: usize, limit: usize) -> Self {
        let message = format!("the result of tool `{tool}` is {bytes} bytes, over the limit of {limit}; return less");
        Self { message, kind: ToolFailureKind::TooLarge }
    }
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

// Like `anyhow::Error`, this type leaves out `std::error::Error` so that every error converts into it.
impl<E: std::error::Error> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

/// A tool call that failed for good: the attempts are used up, or another makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
#[non_exhaustive]
pub struct ToolFailure {
    /// What happened.
    pub kind: ToolFailureKind,
    /// The tool's public message.
    pub message: String,
}

/// The ways a tool call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum ToolFailureKind {
    /// The tool returned an error.
    Failed,
    /// The tool returned a fatal error: the run ends.
    Fatal,
    /// The arguments are not what the tool takes.
    BadArguments,
    /// No attempt finished in time.
    TimedOut,
    /// The arguments or the result are larger than Temporal takes.
    TooLarge,
    /// The tool panicked.
    Panicked,
}

impl ToolFailureKind {
    /// The stable name of the kind, which is also the Temporal failure type.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Failed => "ToolFailed",
            Self::Fatal => "ToolFatal",
            Self::BadArguments => "ToolBadArguments",
            Self::TimedOut => "ToolTimedOut",
            Self::TooLarge => "ToolTooLarge",
            Self::Panicked => "ToolPanicked",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        [Self::Failed, Self::Fatal, Self::BadArguments, Self::TimedOut, Self::TooLarge, Self::Panicked]
            .into_iter()
            .find(|kind| kind.code() == code)
    }

    /// Whether trying again, with the same arguments, may end differently.
    pub(crate) fn is_retryable(self) -> bool {
        matches!(self, Self::Failed | Self::TimedOut | Self::Panicked)
    }
}

impl From<ToolError> for ToolFailure {
    fn from(error: ToolError) -> Self {
        Self { kind: error.kind, message: error.message }
    }
}
