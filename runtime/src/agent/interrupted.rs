//! A run that waits for decisions, as data: kept wherever, decided about, and gone on with.

use super::{Progress, RunError, RunErrorKind};
use crate::tool::{Approval, Decision, DecisionError, ToolFailure};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A run outside a workflow that came to calls which somebody has to approve. It is plain data: it may be kept in a
/// database until somebody has decided, and another process may go on with it.
///
/// ```no_run
/// use steadfast::{Decision, prelude::*};
/// # #[agent(model = "gpt-5.6-luna")]
/// # struct Clerk;
///
/// # async fn pay() -> Result<()> {
/// let run = match Clerk.run("Pay Ann 500 euros.").await {
///     Ok(run) => run,
///     Err(error) => {
///         let mut waiting = error.into_interrupted()?;
///         for approval in waiting.approvals() {
///             println!("{approval}");
///             waiting.decide(&approval, Decision::approve("ann@example.com"))?;
///         }
///         Clerk.resume(waiting).await?
///     }
/// };
/// # Ok(())
/// # }
/// ```
///
/// What was called beside the calls that wait is done, and is not done again. Resumed, the run makes the calls that are
/// approved and tells its model of those that are rejected; when some are undecided still, it is interrupted again, before
/// any model is asked. A decision is bound to the call: if the tool has another schema by then, it is asked about anew.
///
/// In a workflow there is no need for it: such a call waits there for [`Handle::decide`](crate::Handle::decide).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interrupted {
    /// The agent that the run began with.
    pub(super) agent: String,
    pub(super) progress: Progress,
    /// How many items at the conversation's end are the answer whose calls are not all done.
    pub(super) answer: usize,
    /// The tools that the model was not offered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) disabled: Vec<String>,
    /// What is known of its calls, by their ids.
    pub(super) calls: BTreeMap<String, Left>,
}

/// A call of a turn that is not over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Left {
    /// It is done.
    Done(Result<Value, ToolFailure>),
    /// It was refused, and this is what the model is told.
    Refused(String),
    /// It is to be decided about, or was, and not made yet.
    Waits {
        approval: Box<Approval>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decision: Option<Decision>,
    },
    /// It is an agent, whose own run waits.
    Within(Box<Interrupted>),
}

impl Interrupted {
    /// The calls that wait for a decision, in no particular order; those of agents that were called as tools are among them.
    #[must_use]
    pub fn approvals(&self) -> Vec<Approval> {
        self.calls.values().flat_map(Left::undecided).collect()
    }

    /// Decides about a call: by the id of its approval, once. The first decision is the one that holds.
    pub(crate) fn decided(&mut self, decision: &Decision) -> Result<(), DecisionError> {
        decision.check()?;
        let mut decided_by = None;
        let mut found = None;
        for call in self.calls.values_mut() {
            match call {
                Left::Waits { approval, decision: known } if approval.id == decision.id => match known {
                    None => {
                        approval.in_time(decision.at)?;
                        *known = Some(decision.clone());
                        found = Some(approval.tool.clone());
                    }
                    Some(known) => decided_by = Some(known.by.clone()),
                },
                Left::Within(run) => match run.decided(decision) {
                    Err(DecisionError::Unknown { .. }) => {}
                    settled => return settled,
                },
                Left::Done(_) | Left::Refused(_) | Left::Waits { .. } => {}
            }
        }
        match (found, decided_by) {
            (Some(tool), _) => {
                if decision.always {
                    self.decide_all(&tool, decision);
                }
                Ok(())
            }
            (None, Some(by)) => Err(DecisionError::Decided { by }),
            (None, None) => Err(DecisionError::Unknown { id: decision.id.clone() }),
        }
    }

    /// The same for every other call of the tool.
    fn decide_all(&mut self, tool: &str, by: &Decision) {
        for call in self.calls.values_mut() {
            match call {
                Left::Waits { approval, decision: decision @ None } if approval.tool == tool => {
                    *decision = Some(Decision { id: approval.id.clone(), ..by.clone() });
                }
                _ => {}
            }
        }
    }
}

impl Left {
    fn undecided(&self) -> Vec<Approval> {
        match self {
            Self::Waits { approval, decision: None } => vec![(**approval).clone()],
            Self::Within(run) => run.approvals(),
            Self::Done(_) | Self::Refused(_) | Self::Waits { .. } => Vec::new(),
        }
    }
}

impl RunError {
    /// The run, if all that is missing are decisions.
    ///
    /// # Errors
    /// The same error, when it is another.
    pub fn into_interrupted(self) -> Result<Interrupted, Self> {
        match self.kind {
            RunErrorKind::Interrupted { run } => Ok(*run),
            kind => Err(Self { kind, ..self }),
        }
    }
}
