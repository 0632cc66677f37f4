//! How a tool call ends badly: what the tool says (`ToolError`), and what the run makes of it (`ToolFailure`).

use super::AnyTool;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{
    any::{Any, type_name},
    borrow::Cow,
    fmt,
    time::Duration,
};

/// What a tool may return: anything serde can write. [`ToolOutput`](super::ToolOutput) is for images and files.
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
    /// The name by which `non_retryable` knows it.
    pub(crate) name: Option<Cow<'static, str>>,
    pub(crate) retry_after: Option<Duration>,
}

impl ToolError {
    pub(crate) fn of(kind: ToolFailureKind, message: impl fmt::Display) -> Self {
        Self { message: message.to_string(), kind, name: None, retry_after: None }
    }

    /// An error of type `E`, by the name of that type.
    pub(crate) fn typed<E>(message: impl fmt::Display) -> Self {
        let path = type_name::<E>();
        let path = path.split_once('<').map_or(path, |(path, _)| path);
        let name = path.rsplit_once("::").map_or(path, |(_, name)| name);
        Self { name: Some(Cow::Borrowed(name)), ..Self::new(message) }
    }

    /// An error the model is told about, when the tool's retries are used up.
    #[must_use]
    pub fn new(message: impl fmt::Display) -> Self {
        Self::of(ToolFailureKind::Failed, message)
    }

    /// An error after which the next attempt, if there is one, waits for so long.
    #[must_use]
    pub fn retry_after(message: impl fmt::Display, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..Self::new(message) }
    }

    /// Names the error, for the tool's `non_retryable`. One that came from another error goes by the name of its type.
    #[must_use]
    pub fn named(mut self, name: impl Into<Cow<'static, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// An error that ends the whole run: nothing the model could do would help.
    #[must_use]
    pub fn fatal(message: impl fmt::Display) -> Self {
        Self::of(ToolFailureKind::Fatal, message)
    }

    pub(crate) fn bad_arguments(message: impl fmt::Display) -> Self {
        Self::of(ToolFailureKind::BadArguments, message)
    }

    pub(crate) fn timed_out(tool: &AnyTool, after: Duration) -> Self {
        let message = format!("{} timed out after {} seconds.", at_the_beginning(tool), after.as_secs_f64());
        Self::of(ToolFailureKind::TimedOut, message)
    }

    pub(crate) fn fell_silent(tool: &AnyTool, after: Duration) -> Self {
        let message = format!("{} gave no sign of life for {} seconds.", at_the_beginning(tool), after.as_secs_f64());
        Self::of(ToolFailureKind::TimedOut, message)
    }

    pub(crate) fn too_large(noun: &str, name: &str, bytes: usize, limit: usize) -> Self {
        let message = format!("the result of {noun} `{name}` is {bytes} bytes, over the limit of {limit}; return less");
        Self::of(ToolFailureKind::TooLarge, message)
    }
}

/// A tool or an activity, as a sentence begins with it.
pub(crate) fn at_the_beginning(tool: &AnyTool) -> String {
    let noun = if tool.is_activity() { "Activity" } else { "Tool" };
    format!("{noun} '{}'", tool.name())
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

// Like `anyhow::Error`, this type leaves out `std::error::Error` so that every error converts into it.
impl<E: std::error::Error> From<E> for ToolError {
    fn from(error: E) -> Self {
        Self::typed::<E>(error)
    }
}

/// What came of a tool that returns a `Result`, as JSON.
///
/// # Errors
/// The tool's own, or that the value does not serialise.
pub fn fallible<T: ToolResult, E: Told>(returned: Result<T, E>) -> Result<Value, ToolError> {
    match returned {
        Ok(value) => infallible(value),
        Err(error) => {
            // Any error that displays will do, but our own must keep its kind.
            let mut error = Some(error);
            let own = (&mut error as &mut dyn Any).downcast_mut::<Option<ToolError>>().and_then(Option::take);
            Err(own.unwrap_or_else(|| ToolError::typed::<E>(error.map(|error| error.to_string()).unwrap_or_default())))
        }
    }
}

/// An error that a model can be told.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a tool",
    label = "a model cannot be told a `{Self}`",
    note = "implement `Display` for `{Self}`, or return a `ToolError`"
)]
pub trait Told: fmt::Display + 'static {}

#[diagnostic::do_not_recommend]
impl<E: fmt::Display + 'static> Told for E {}

/// What came of a tool that returns a plain value, as JSON.
///
/// # Errors
/// When the value does not serialise.
pub fn infallible<T: ToolResult>(value: T) -> Result<Value, ToolError> {
    serde_json::to_value(value).map_err(|error| ToolError::new(format!("the result does not serialise: {error}")))
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
    /// No worker has the tool any more.
    Gone,
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
            Self::Gone => "ToolGone",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        use ToolFailureKind::{BadArguments, Failed, Fatal, Gone, Panicked, TimedOut, TooLarge};
        let all = [Failed, Fatal, BadArguments, TimedOut, TooLarge, Panicked, Gone];
        all.into_iter().find(|kind| kind.code() == code)
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
