//! Where a call waits until somebody has approved it.

use super::{
    RunEventKind,
    interrupted::Left,
    place::Place,
    step::{Came, Done},
};
use crate::{
    effects::ToolCall,
    tool::{Approval, Decision},
};
use futures::future::BoxFuture;
use serde_json::Value;
use std::{fmt, sync::Arc};

/// What a model is told of a call that was not approved, if the reviewer says nothing; as in the OpenAI Agents SDK.
const NOT_APPROVED: &str = "Tool execution was not approved.";

/// Whoever decides in this process.
#[derive(Clone)]
pub(crate) struct Approver(Arc<dyn Fn(Approval) -> BoxFuture<'static, Decision> + Send + Sync>);

impl Approver {
    pub(crate) fn of<F, D>(decide: F) -> Self
    where
        F: Fn(Approval) -> D + Send + Sync + 'static,
        D: Future<Output = Decision> + Send + 'static,
    {
        Self(Arc::new(move |approval| Box::pin(decide(approval))))
    }
}

impl fmt::Debug for Approver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Approver")
    }
}

/// What is known of a call before it is made.
#[derive(Debug, Default)]
pub(super) struct Earlier {
    /// From the time when the run was interrupted in this turn.
    pub(super) left: Option<Left>,
    /// What somebody has decided for all calls of the tool.
    pub(super) always: Option<Decision>,
}

/// Waits until the call may be made, and says what was decided for others too; or what has become of it, if it may not.
pub(super) async fn approved(
    call: &ToolCall,
    earlier: Earlier,
    place: Place<'_>,
) -> Result<Option<Decision>, Box<Done>> {
    let Place { options, effects, .. } = place;
    let needs = call.tool.options().approval;
    let Some(needs) = needs.filter(|needs| needs.rule.is_none_or(|rule| rule(&call.arguments))) else {
        return Ok(None);
    };
    let (agent, call_id) = call.asked_by.clone().map(|by| (by.agent, by.call_id)).unwrap_or_default();
    let mut approval = Approval {
        id: String::new(),
        agent,
        tool: call.tool.name().to_owned(),
        call_id,
        arguments: Value::Object(call.arguments.clone()),
        deadline: needs.deadline.and_then(|deadline| effects.now().checked_add(deadline)),
        run: String::new(),
    };
    let known = match earlier.left {
        // Only if it is the very call that was decided about.
        Some(Left::Waits { approval: asked, decision }) if asked.id == approval.id_in(&asked.run, &call.tool) => {
            approval = *asked;
            decision
        }
        _ => None,
    };
    let known = known.or(earlier.always);
    let decision = match known {
        Some(decision) => decision,
        None if approval.in_time(Some(effects.now())).is_err() => Decision::late(),
        None => {
            place.show(&approval.agent, || {
                let (tool, call_id) = (approval.tool.clone(), approval.call_id.clone().unwrap_or_default());
                RunEventKind::ApprovalNeeded { tool, call_id, arguments: call.arguments.clone() }
            });
            match (effects.approve(&call.tool, &approval), &options.approver) {
                (Some(decided), _) => decided.await,
                (None, Some(Approver(decide))) => decide(approval).await,
                (None, None) => {
                    if approval.id.is_empty() {
                        approval.run = format!("{:016x}", effects.random());
                        approval.id = approval.id_in(&approval.run, &call.tool);
                    }
                    let left = Left::Waits { approval: Box::new(approval), decision: None };
                    return Err(Box::new(Came::Waits(left).into()));
                }
            }
        }
    };
    let always = decision.always.then(|| decision.clone());
    if decision.approved {
        return Ok(always);
    }
    let message = decision.message.unwrap_or_else(|| NOT_APPROVED.to_owned());
    Err(Box::new(Done { came: Came::Refused(message), always }))
}
