//! What goes into the loop and what comes out of it: events and steps.

use super::{Progress, RunError, RunErrorKind};
use crate::{
    effects::{ModelCall, ToolCall},
    model::{Conversation, ModelError, ModelResponse},
    tool::{ToolFailure, ToolFailureKind},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What has happened.
#[derive(Debug)]
pub(crate) enum Event {
    Started,
    /// The run goes on from its last turn boundary: the model call that was next is still next.
    Resumed,
    ModelAnswered(Result<ModelResponse, ModelError>),
    /// One result for each call of [`Step::CallTools`], in the same order.
    ToolsDone(Vec<Done>),
}

/// A call that is done.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) result: Result<Value, ToolFailure>,
    /// The error that the run ends with, if it is not to go on.
    pub(crate) ends: Option<RunErrorKind>,
}

impl Done {
    /// A call that lets the run go on.
    pub(super) fn of(result: Result<Value, ToolFailure>) -> Self {
        Self { result, ends: None }
    }

    /// A call that ends the run.
    pub(super) fn ending(kind: RunErrorKind) -> Self {
        let failure = ToolFailure { kind: ToolFailureKind::Fatal, message: kind.to_string() };
        Self { ends: Some(kind), ..Self::of(Err(failure)) }
    }
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum Step {
    CallModel(ModelCall),
    /// All at once.
    CallTools(Vec<ToolCall>),
    Finish(Result<Answer, RunError>),
}

/// The final answer, not yet read into the output type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer<C = Conversation> {
    pub(crate) text: String,
    /// Whether a tool has put it out, and no model was held to a format.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_tool_output: bool,
    pub(crate) last_agent: String,
    pub(crate) progress: Progress<C>,
}

impl Answer {
    /// The error of a run whose answer is not what the output type takes.
    pub(crate) fn invalid(self, error: &serde_json::Error) -> RunError {
        let Self { text, is_tool_output: _, last_agent: agent, progress } = self;
        let partial = progress.partial(agent.clone());
        let kind = RunErrorKind::InvalidOutput { agent, reason: error.to_string(), text };
        RunError { kind, partial: Box::new(partial) }
    }
}
