//! Errors on their way through Temporal: into failures with a stable type and details, and back.

use super::limits::MAX_TRANSCRIPT_IN_FAILURE;
use crate::{
    agent::{RunError, RunErrorKind},
    conversation::InvalidInput,
    error::{Error, Failure},
    model::{ModelError, ModelErrorClass},
    tool::{AnyTool, ToolError, ToolFailure, ToolFailureKind, at_the_beginning},
    workflow::{BoxError, Cancelled, saga::UndoError},
};
use serde_json::{Value, json};
use temporalio_common::{
    ActivityError,
    error::{ActivityExecutionError, ApplicationFailure, IncomingError},
};
use temporalio_workflow::WorkflowTermination;

const MODEL_ERROR: &str = "ModelError";

/// The longest message of a workflow's failure, in bytes. What is said at length is in the details.
const LONGEST_MESSAGE: usize = 64 * 1024;

/// The failure of a model call's activity.
pub(crate) fn of_model(error: ModelError) -> ActivityError {
    let failure = ApplicationFailure::builder(error.to_string())
        .type_name(MODEL_ERROR.to_owned())
        // A long wait is the workflow's: it may have somebody else to ask. So is one that is the worker's own, which no
        // attempt is to be spent on.
        .non_retryable(!error.is_retryable() || error.long_wait().is_some() || error.is_held_back())
        .maybe_next_retry_delay(error.retry_after)
        .details(error)
        .build();
    ActivityError::application(failure)
}

/// The failure of a tool call's activity.
pub(crate) fn of_tool(error: &ToolError, last: bool) -> ActivityError {
    let failure = ApplicationFailure::builder(error.to_string())
        .type_name(error.kind.code().to_owned())
        .non_retryable(last)
        .maybe_next_retry_delay(error.retry_after)
        .build();
    ActivityError::application(failure)
}

/// What a failed model call's activity means to the run.
pub(crate) fn to_model_error(error: &ActivityExecutionError) -> ModelError {
    if let Some(IncomingError::Application(failure)) = error.reason() {
        return match failure.details::<ModelError>() {
            Ok(Some(error)) => error,
            _ if failure.type_name() == Some(NOT_REGISTERED) => {
                let message = format!("{failure}; its task queue is polled by a worker that is none of this crate");
                ModelError::new(ModelErrorClass::Configuration, message)
            }
            _ => ModelError::new(ModelErrorClass::Server, failure.to_string()),
        };
    }
    let class = if error.as_timeout().is_some() { ModelErrorClass::Timeout } else { ModelErrorClass::Server };
    ModelError::new(class, reason(error))
}

/// How the SDK says that a worker has no activity of that name. It is tried again, since another worker of the queue may
/// be newer.
const NOT_REGISTERED: &str = "NotFoundError";

/// What a failed tool call's activity means to the run.
pub(crate) fn to_tool_failure(tool: &AnyTool, error: &ActivityExecutionError) -> ToolFailure {
    if let Some(IncomingError::Application(failure)) = error.reason() {
        if failure.type_name() == Some(NOT_REGISTERED) && tool.is_gone() {
            let message = format!("tool `{}` is there no more", tool.name());
            return ToolFailure { kind: ToolFailureKind::Gone, message };
        }
        if failure.type_name() == Some(NOT_REGISTERED) {
            // No model can do anything about it.
            let message =
                format!("{} `{}` is unknown to the workers of its task queue: {failure}", tool.noun(), tool.name());
            return ToolFailure { kind: ToolFailureKind::Fatal, message };
        }
        let kind = failure.type_name().and_then(ToolFailureKind::from_code).unwrap_or(ToolFailureKind::Failed);
        return ToolFailure { kind, message: failure.to_string() };
    }
    if error.as_timeout().is_some() {
        let message = format!("{} did not finish: the worker that ran it was lost.", at_the_beginning(tool));
        return ToolFailure { kind: ToolFailureKind::TimedOut, message };
    }
    ToolFailure { kind: ToolFailureKind::Failed, message: reason(error) }
}

/// The innermost text of an activity's failure; the outer ones only say that an activity failed.
fn reason(error: &ActivityExecutionError) -> String {
    match error.reason() {
        Some(reason) => reason.failure().message.clone(),
        None => error.to_string(),
    }
}

/// How a workflow ends whose function returned `error`.
/// It ends as cancelled only if somebody wanted that; a part of it may have been called off by itself.
pub(crate) fn end_of_workflow(error: BoxError, is_cancelled: bool) -> WorkflowTermination {
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
    while let Some(link) = source {
        // Whatever came before: somebody has to look at what was not undone.
        if link.is::<UndoError>() || matches!(link.downcast_ref(), Some(Error::Undo(_))) {
            break;
        }
        let is_ours = matches!(link.downcast_ref(), Some(Error::Cancelled(_)));
        if is_cancelled && (is_ours || link.is::<Cancelled>()) {
            return WorkflowTermination::cancelled();
        }
        source = match link.downcast_ref::<Error>() {
            Some(Error::Other(other)) => Some(other.as_ref()),
            _ => link.source(),
        };
    }
    of_workflow(error).into()
}

/// The failure of a workflow whose function returned `error`: typed, not retried, with details.
pub(crate) fn of_workflow(error: BoxError) -> ApplicationFailure {
    let mut code = String::from("Error");
    let mut details = None;
    let mut source: Option<&(dyn std::error::Error + 'static)> = Some(error.as_ref());
    // Users wrap our errors in their own; the type is that of ours wherever it is in the chain.
    while let Some(link) = source {
        if let Some(run) = link.downcast_ref::<RunError>() {
            (code, details) = (run.kind.code().to_owned(), Some(run_details(run)));
            break;
        }
        if let Some(kind) = link.downcast_ref::<RunErrorKind>() {
            kind.code().clone_into(&mut code);
        }
        if let Some(failure) = link.downcast_ref::<Failure>() {
            failure.code().clone_into(&mut code);
        }
        if link.is::<Cancelled>() {
            "Cancelled".clone_into(&mut code);
        }
        if let Some(own) = link.downcast_ref::<Error>() {
            own.code().clone_into(&mut code);
        }
        if link.is::<InvalidInput>() {
            "InvalidInput".clone_into(&mut code);
        }
        if let Some(undo) = link.downcast_ref::<UndoError>() {
            // Somebody has to look at it, whatever it was that had failed before.
            (code, details) = (UndoError::CODE.to_owned(), Some(json!(undo)));
            break;
        }
        if let Some(tool) = link.downcast_ref::<ToolFailure>() {
            (code, details) = (tool.kind.code().to_owned(), Some(json!(tool)));
        }
        source = match link.downcast_ref::<Error>() {
            // Transparent: its source would skip the error it stands for.
            Some(Error::Run(run)) => Some(run),
            Some(Error::Tool(tool)) => Some(tool),
            Some(Error::Undo(undo)) => Some(undo),
            Some(Error::Other(other)) => Some(other.as_ref()),
            _ => link.source(),
        };
    }
    let mut message = error.to_string();
    let source = if message.len() > LONGEST_MESSAGE {
        truncate(&mut message, LONGEST_MESSAGE);
        BoxError::from(message + " …")
    } else {
        error
    };
    let failure = ApplicationFailure::builder(source).type_name(code).non_retryable(true);
    match details {
        Some(details) => failure.details(details).build(),
        None => failure.build(),
    }
}

fn run_details(run: &RunError) -> Value {
    let mut run = run.clone();
    run.partial.fit(MAX_TRANSCRIPT_IN_FAILURE);
    if let RunErrorKind::InvalidOutput { text, .. } | RunErrorKind::Refused { text } = &mut run.kind {
        truncate(text, MAX_TRANSCRIPT_IN_FAILURE);
    }
    if let RunErrorKind::GuardrailTripped { data, .. } = &mut run.kind {
        // Cut in half it would be something else.
        data.take_if(|data| data.to_string().len() > MAX_TRANSCRIPT_IN_FAILURE);
    }
    json!(run)
}

fn truncate(text: &mut String, limit: usize) {
    if text.len() > limit {
        text.truncate(text.floor_char_boundary(limit));
    }
}

/// A failure made by this crate inside a workflow, before or after the user's code ran.
pub(crate) fn own(code: &str, message: String) -> ApplicationFailure {
    ApplicationFailure::builder(message).type_name(code.to_owned()).non_retryable(true).build()
}
