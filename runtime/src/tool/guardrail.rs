//! Guardrails: functions and agents that look at what goes into a run or a tool, and at what comes out.

use super::{Runs, ToolDef, ToolError, outcome::Told, schema::JsonSchema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What looks at an input or an output before it is used, made by [`#[guardrail]`](macro@crate::guardrail).
///
/// An agent that answers with a [`Judgement`] is one too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a guardrail",
    label = "not a guardrail",
    note = "put `#[guardrail]` on a function to make one, or list an agent with `output = Judgement`"
)]
pub trait Guardrail: 'static {
    /// Everything known of it before it runs.
    const GUARD: Guard;
}

/// A guardrail, as it is listed.
#[derive(Clone, Copy, Debug)]
pub struct Guard {
    /// What is called, as a tool is, with the one argument that it looks at.
    pub def: &'static ToolDef,
    /// Whether a run waits for it before it does anything else.
    pub blocking: bool,
}

/// What a guardrail says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// Nothing is wrong.
    #[default]
    Pass,
    /// For a tool: the model is told this in place of the tool's output, and the run goes on. Where there is no tool, the
    /// run ends.
    Reject {
        /// What the model is told.
        message: String,
    },
    /// The run ends.
    Trip {
        /// Why.
        reason: String,
        /// What else there is to say about it; the error carries it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Value>,
    },
}

impl Verdict {
    /// Tells the model `message` in place of the tool's output.
    #[must_use]
    pub fn reject(message: impl Into<String>) -> Self {
        Self::Reject { message: message.into() }
    }

    /// Ends the run.
    #[must_use]
    pub fn trip(reason: impl Into<String>) -> Self {
        Self::Trip { reason: reason.into(), data: None }
    }

    /// Adds data to what ends a run; what does not serialise is `null`.
    #[must_use]
    pub fn with(mut self, more: impl Serialize) -> Self {
        if let Self::Trip { data, .. } = &mut self {
            *data = Some(serde_json::to_value(more).unwrap_or_default());
        }
        self
    }

    /// Reads what a guardrail has answered.
    pub(crate) fn read(def: &ToolDef, answer: Value) -> Result<Self, serde_json::Error> {
        match def.run {
            Runs::Function(_) | Runs::Activity(_) => serde_json::from_value(answer),
            Runs::Agent(_) => serde_json::from_value::<Judgement>(answer).map(Self::from),
        }
    }
}

/// The answer of an agent that is a guardrail.
///
/// ```
/// use steadfast::{Judgement, prelude::*};
///
/// /// Watches over the subject.
/// #[agent(model = "gpt-5.6-luna", instructions = "Trip if the text is not about travelling.", output = Judgement)]
/// struct AboutTrips;
///
/// #[agent(model = "gpt-5.6-luna", input_guardrails = [AboutTrips])]
/// struct TripPlanner;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// Why.
    pub reason: String,
    /// Whether something is wrong, and has to be stopped.
    pub tripped: bool,
}

impl From<Judgement> for Verdict {
    fn from(Judgement { reason, tripped }: Judgement) -> Self {
        if tripped { Self::trip(reason) } else { Self::Pass }
    }
}

/// What a function with `#[guardrail]` may return, by itself or in a `Result`.
#[diagnostic::on_unimplemented(
    message = "a guardrail says a `Verdict`, and no `{Self}`",
    label = "no verdict",
    note = "return `Verdict::Pass`, `Verdict::trip(..)` or, for a tool, `Verdict::reject(..)`"
)]
pub trait Says {
    /// The verdict.
    fn verdict(self) -> Verdict;
}

impl Says for Verdict {
    fn verdict(self) -> Verdict {
        self
    }
}

impl Says for Judgement {
    fn verdict(self) -> Verdict {
        self.into()
    }
}

/// What came of a guardrail, as JSON.
///
/// # Errors
/// When the verdict's data does not serialise.
pub fn judged<V: Says>(said: V) -> Result<Value, ToolError> {
    super::infallible(said.verdict())
}

/// What came of a guardrail that returns a `Result`, as JSON.
///
/// # Errors
/// The guardrail's own.
pub fn judged_fallibly<V: Says, E: Told>(said: Result<V, E>) -> Result<Value, ToolError> {
    super::fallible(said.map(Says::verdict))
}
