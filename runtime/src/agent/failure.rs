//! How a run ends badly: typed, with a stable code, and carrying what it had done so far.

use super::{Budgeted, Input, Interrupted, Share};
use crate::model::{Conversation, Item, ModelError, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{fmt, time::Duration};

/// What a model is told of a call that an earlier run has left open.
const NOT_FINISHED: &str = "This call was not finished.";

/// A run that ended without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{kind}")]
#[non_exhaustive]
pub struct RunError {
    /// What ended it.
    // A source, so that the kind can be found even where a wrapper hides this type.
    #[source]
    pub kind: RunErrorKind,
    /// What it had done by then.
    pub partial: Box<PartialRun>,
}

/// What a run had done when it ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PartialRun {
    /// The agent whose turn it was.
    pub last_agent: String,
    /// What the run had added to the conversation.
    pub items: Vec<Item>,
    /// How many of the oldest items are left out here because they would not fit into a failure.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub items_left_out: usize,
    /// What was spent.
    pub usage: Usage,
    /// The same by agent and by model, in the order of each one's first answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shares: Vec<Share>,
    /// Model calls made.
    pub turns: u32,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// What can end a run without an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum RunErrorKind {
    /// The run used up its model calls.
    #[error("max turns ({limit}) exceeded")]
    MaxTurns {
        /// The limit.
        limit: u32,
    },
    /// A model call failed for good.
    #[error("the model call failed: {0}")]
    Model(ModelError),
    /// The model declined.
    #[error("the model refused: {text}")]
    Refused {
        /// What it said.
        text: String,
    },
    /// The answer is not what the output type takes.
    #[error("the answer of agent `{agent}` is not a valid output: {reason}")]
    InvalidOutput {
        /// The agent that answered.
        agent: String,
        /// What is wrong with the answer.
        reason: String,
        /// The answer.
        text: String,
    },
    /// The model called a tool that the agent does not have.
    #[error("Tool {tool} not found in agent {agent}")]
    ToolNotFound {
        /// The name the model used.
        tool: String,
        /// The agent.
        agent: String,
    },
    /// An agent that is made of data cannot be run.
    #[error("{reason}")]
    InvalidAgent {
        /// The agent.
        agent: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Outside a workflow: calls have to be approved, and the run can be gone on with when somebody has decided.
    #[error(
        "the run waits for approvals: {}; decide, and `resume` it, or give the run `.on_approval(..)`",
        waiting(run)
    )]
    Interrupted {
        /// The run so far.
        run: Box<Interrupted>,
    },
    /// A guardrail has ended the run.
    #[error("guardrail `{guardrail}` has tripped on {on}: {reason}")]
    GuardrailTripped {
        /// The guardrail.
        guardrail: String,
        /// What it looked at.
        on: Guarded,
        /// Why.
        reason: String,
        /// What else it said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        data: Option<Box<Value>>,
    },
    /// A guardrail failed, so nobody knows whether it would have let the run go on.
    #[error("guardrail `{guardrail}` failed: {message}")]
    GuardrailFailed {
        /// The guardrail.
        guardrail: String,
        /// Its message.
        message: String,
    },
    /// The run, and what it has called, has spent what it may.
    #[error("the budget of {} is not enough; {} spent or asked for", of.amount(*limit), of.number(*spent))]
    BudgetExceeded {
        /// What the budget was of.
        of: Budgeted,
        /// How much there was; money in billionths of a unit.
        limit: u64,
        /// What was spent, or would have been with the next call.
        spent: u64,
    },
    /// A run that may cost so much has an answer of a model whose price nobody knows.
    #[error("the run has a budget of money, and model `{model}` has no price; add it to the app's `.prices(..)`")]
    NoPrice {
        /// The model.
        model: String,
    },
    /// The run has taken longer than it may.
    #[error("the run timed out after {} seconds", limit.as_secs_f64())]
    TimedOut {
        /// How long it might take.
        limit: Duration,
    },
    /// A tool returned a fatal error.
    #[error("tool `{tool}` failed: {message}")]
    ToolFatal {
        /// The tool.
        tool: String,
        /// Its message.
        message: String,
    },
}

impl RunErrorKind {
    /// Whether nobody may answer in the run's place: a guardrail has had the last word, or somebody else is to be asked.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Interrupted { .. } | Self::GuardrailTripped { .. } | Self::GuardrailFailed { .. })
    }

    /// Whether another agent may answer what this one could not.
    pub(crate) fn may_pass_with_another(&self) -> bool {
        !self.is_final() && !matches!(self, Self::BudgetExceeded { .. } | Self::NoPrice { .. })
    }

    /// The stable name of the kind, which is also the type of the Temporal failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::MaxTurns { .. } => "MaxTurns",
            Self::Model(_) => "ModelError",
            Self::Refused { .. } => "Refused",
            Self::InvalidOutput { .. } => "InvalidOutput",
            Self::ToolNotFound { .. } => "ToolNotFound",
            Self::InvalidAgent { .. } => "InvalidAgent",
            Self::Interrupted { .. } => "Interrupted",
            Self::GuardrailTripped { .. } => "GuardrailTripped",
            Self::GuardrailFailed { .. } => "GuardrailFailed",
            Self::BudgetExceeded { .. } => "BudgetExceeded",
            Self::NoPrice { .. } => "NoPrice",
            Self::TimedOut { .. } => "TimedOut",
            Self::ToolFatal { .. } => "ToolFatal",
        }
    }
}

fn waiting(run: &Interrupted) -> String {
    run.approvals().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What a guardrail looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Guarded {
    /// What the run was begun with.
    Input,
    /// What the run was about to answer.
    Output,
    /// What a tool was to be called with.
    ToolInput {
        /// The tool.
        tool: String,
    },
    /// What came of a tool.
    ToolOutput {
        /// The tool.
        tool: String,
    },
}

impl Guarded {
    pub(super) fn is_of_a_tool(&self) -> bool {
        matches!(self, Self::ToolInput { .. } | Self::ToolOutput { .. })
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input => f.write_str("the input"),
            Self::Output => f.write_str("the output"),
            Self::ToolInput { tool } => write!(f, "the input of tool `{tool}`"),
            Self::ToolOutput { tool } => write!(f, "the output of tool `{tool}`"),
        }
    }
}

impl PartialRun {
    /// The conversation so far, for another run to go on from: what this one was begun with, given once more, and what it has
    /// added. A call that nothing has come of is answered with a note that it was not finished, for no model can be asked to
    /// go on without an answer.
    ///
    /// ```no_run
    /// # use steadfast::prelude::*;
    /// # #[agent(model = "gpt-5.6-luna")]
    /// # struct Thorough;
    /// # #[agent(model = "gpt-5.6-luna")]
    /// # struct Brief;
    /// # async fn ask(question: String) -> Result<String> {
    /// let answer = match Thorough.run(&question).await {
    ///     Ok(run) => run.output,
    ///     // It was on the right way, and somebody else can say what it has found.
    ///     Err(error) if error.partial.turns > 0 => Brief.run(error.partial.after(&question)).await?.output,
    ///     Err(error) => return Err(error.into()),
    /// };
    /// # Ok(answer)
    /// # }
    /// ```
    #[must_use]
    pub fn after(&self, input: impl Into<Input>) -> Conversation {
        let Input(mut conversation) = input.into();
        conversation.extend(self.items.iter().cloned());
        let answered = |call: &str| {
            let is_answer = |item: &Item| matches!(item, Item::FunctionCallOutput(output) if output.call_id == call);
            self.items.iter().any(is_answer)
        };
        for item in &self.items {
            if let Item::FunctionCall(call) = item
                && !answered(&call.call_id)
            {
                conversation.push(Item::function_call_output(&*call.call_id, NOT_FINISHED));
            }
        }
        conversation
    }

    /// Leaves out the oldest items until the rest fits into `limit` bytes of JSON.
    pub(crate) fn fit(&mut self, limit: usize) {
        let mut room = limit;
        let kept = self
            .items
            .iter()
            .rev()
            .take_while(|item| {
                let size = serde_json::to_vec(item).map_or(usize::MAX, |json| json.len() + 1);
                room.checked_sub(size).map(|left| room = left).is_some()
            })
            .count();
        let left_out = self.items.len() - kept;
        self.items.drain(..left_out);
        self.items_left_out += left_out;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_run_can_go_on_where_it_ended() {
        let call = |id: &str| Item::function_call(id, "weather", "{}");
        let items = vec![call("a"), Item::function_call_output("a", "sunny"), call("b"), call("c")];
        let partial = PartialRun {
            items: [items, vec![Item::function_call_output("c", "rain")]].concat(),
            ..PartialRun::default()
        };
        let conversation = partial.after("Where to?").items();
        assert_eq!(conversation[0], Item::user("Where to?"));
        assert_eq!(conversation[1..6], partial.items);
        assert_eq!(conversation[6..], [Item::function_call_output("b", NOT_FINISHED)]);
    }

    #[test]
    fn the_newest_items_are_kept() {
        let items: Vec<Item> = (0..10).map(|n| Item::user(format!("message {n}"))).collect();
        let partial = PartialRun { items: items.clone(), ..PartialRun::default() };
        let mut fitted = partial.clone();
        fitted.fit(100_000);
        assert_eq!(fitted, partial);
        fitted.fit(100);
        assert_eq!(fitted.items_left_out + fitted.items.len(), 10);
        assert_eq!(fitted.items.last(), items.last());
        assert!(serde_json::to_vec(&fitted.items).expect("serialises").len() <= 102);
        fitted.fit(3);
        assert!(fitted.items.is_empty());
        assert_eq!(fitted.items_left_out, 10);
    }
}
