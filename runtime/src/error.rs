//! The one error of this crate's functions, with a stable code for each kind.

use crate::{
    agent::RunError,
    durable::{ConnectError, DeploymentError, ReplayError, WorkflowError},
    registry::StartupError,
    tool::ToolFailure,
    workflow::{Cancelled, saga::UndoError},
};
use std::{borrow::Cow, error::Error as _, fmt};

/// What can go wrong; see each kind for what to do about it.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A run of an agent ended without an answer.
    #[error(transparent)]
    Run(#[from] RunError),
    /// A tool that was called directly failed.
    #[error(transparent)]
    Tool(#[from] ToolFailure),
    /// A saga has failed, and not all of it could be undone.
    #[error(transparent)]
    Undo(#[from] UndoError),
    /// The worker does not start: something about the app is wrong.
    #[error(transparent)]
    Startup(#[from] StartupError),
    /// The Temporal server cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A workflow did not start, or did not end well.
    #[error(transparent)]
    Workflow(#[from] WorkflowError),
    /// A build of a deployment was not made the current one, or not brought in.
    #[error(transparent)]
    Deployment(#[from] DeploymentError),
    /// A recorded history does not replay with today's code.
    #[error(transparent)]
    Replay(#[from] ReplayError),
    /// The workflow was cancelled, and has heard of it.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A failure of the user's own kind.
    #[error(transparent)]
    Failure(#[from] Failure),
    /// A session was not loaded, or not saved.
    #[cfg(feature = "sqlite")]
    #[error(transparent)]
    Session(#[from] crate::session::SessionError),
    /// An error of the user's own.
    #[error(transparent)]
    Other(#[from] Box<dyn std::error::Error + Send + Sync>),
}

/// A failure of a workflow that others are to know by its code: what Temporal calls the type of an application failure.
///
/// ```
/// use steadfast::{Failure, prelude::*};
///
/// #[workflow]
/// async fn book(seats: u32) -> Result<u32> {
///     if seats > 9 {
///         return Err(Failure::new("NoSeats", format!("there are no {seats} seats left")).into());
///     }
///     Ok(seats)
/// }
/// # fn main() {}
/// ```
///
/// Whoever waits for the workflow, a parent or a client, is told [`WorkflowError::Failed`] with this `code`. Whoever has sent an
/// update whose handler returns it is told the message alone.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    code: Cow<'static, str>,
    message: String,
}

impl Failure {
    /// A failure of this kind.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into() }
    }

    /// The stable name of its kind.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

/// For people: this is what a `main` that returns the error prints.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")?;
        // Kinds are transparent, so that what they hold has been said already.
        let mut cause = self.source();
        while let Some(error) = cause {
            if !self.to_string().contains(&error.to_string()) {
                write!(f, "\n  because: {error}")?;
            }
            cause = error.source();
        }
        Ok(())
    }
}

/// A result whose error is this crate's, unless said otherwise.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Wraps any error, to return it from a workflow.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Other(error.into())
    }

    /// The stable name of the kind of error; on Temporal, the type of the failure.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Run(error) => error.kind.code(),
            Self::Tool(failure) => failure.kind.code(),
            Self::Undo(_) => UndoError::CODE,
            Self::Startup(_) => "Startup",
            Self::Connect(_) => "Connect",
            Self::Workflow(error) => error.code(),
            Self::Deployment(_) => "Deployment",
            Self::Replay(_) => "Replay",
            Self::Cancelled(_) => "Cancelled",
            Self::Failure(failure) => failure.code(),
            #[cfg(feature = "sqlite")]
            Self::Session(_) => "Session",
            Self::Other(_) => "Error",
        }
    }
}

/// A broken invariant that the caller can do nothing about is not worth a kind of its own.
macro_rules! other {
    ($($error:ty),+ $(,)?) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::other(error)
            }
        }
    )+};
}

other!(
    crate::tool::DecisionError,
    String,
    &'static str,
    std::io::Error,
    serde_json::Error,
    fmt::Error,
    std::num::ParseIntError,
    std::num::ParseFloatError
);
