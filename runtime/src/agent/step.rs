//! What goes into the loop and what comes out of it: events and steps.

use super::{Progress, Run, RunError, RunErrorKind, interrupted::Left};
use crate::{
    effects::{ModelCall, ToolCall},
    model::{Conversation, ModelError, ModelResponse},
    tool::{Decision, ToolFailure, ToolFailureKind},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What has happened.
#[derive(Debug)]
pub(crate) enum Event {
    Started,
    /// The run goes on from its last turn boundary: the model call that was next is still next.
    Resumed,
    /// The run goes on from within a turn: some of its calls were decided about.
    Decided,
    ModelAnswered(Result<ModelResponse, ModelError>),
    /// One result for each call of [`Step::CallTools`], in the same order.
    ToolsDone(Vec<Done>),
    /// The summary that was asked for, or why there is none.
    Summarised(Result<Value, ToolFailure>),
}

/// A call that is done, for now.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) came: Came,
    /// What was decided about this call, and is to hold for the tool's others as well.
    pub(crate) always: Option<Decision>,
}

/// What came of a call.
#[derive(Debug)]
pub(crate) enum Came {
    Back(Result<Value, ToolFailure>),
    /// It was not let through, and this is what the model is told.
    Refused(String),
    /// The run ends with this error.
    Ends(RunErrorKind),
    /// Somebody has to decide first.
    Waits(Left),
}

impl From<Came> for Done {
    fn from(came: Came) -> Self {
        Self { came, always: None }
    }
}

impl Done {
    /// A call that has come back.
    pub(super) fn of(result: Result<Value, ToolFailure>) -> Self {
        Came::Back(result).into()
    }

    /// The result of a call that nobody else is to be asked about.
    pub(super) fn result(self) -> Result<Value, ToolFailure> {
        let failed = |kind, message| Err(ToolFailure { kind, message });
        match self.came {
            Came::Back(result) => result,
            Came::Refused(message) => failed(ToolFailureKind::Failed, message),
            Came::Ends(kind) => failed(ToolFailureKind::Fatal, kind.to_string()),
            Came::Waits(_) => {
                failed(ToolFailureKind::Failed, "it has to be approved, and here nobody is asked".to_owned())
            }
        }
    }
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum Step {
    CallModel(ModelCall),
    /// All at once.
    CallTools(Vec<ToolCall>),
    /// Has an agent write a summary of the conversation.
    Summarise(ToolCall),
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
    /// The run that has come to it, with what it was read as.
    pub(crate) fn into_run<T>(self, output: T) -> Run<T> {
        let Self { last_agent, progress, .. } = self;
        Run {
            output,
            last_agent,
            conversation: progress.conversation,
            // Whoever was handed the run may have been shown something else, which is no matter of the next one.
            compacted: progress.shown.filter(|_| progress.compacted && progress.handed_over.is_empty()),
            begun_with: progress.begun_with,
            usage: progress.spent.usage(),
            shares: progress.spent.shares,
            turns: progress.turn,
        }
    }

    /// The error of a run whose answer is not what the output type takes.
    pub(crate) fn invalid(self, error: &serde_json::Error) -> RunError {
        let Self { text, is_tool_output: _, last_agent: agent, progress } = self;
        let partial = progress.partial(agent.clone());
        let kind = RunErrorKind::InvalidOutput { agent, reason: error.to_string(), text };
        RunError { kind, partial: Box::new(partial) }
    }
}
