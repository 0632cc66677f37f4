//! Where a call waits until somebody has approved it.

use super::{RunErrorKind, drive::Place, step::Done};
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

/// Waits until the call may be made; what has become of it, if it may not.
pub(super) async fn approved(call: &ToolCall, Place { options, effects, .. }: Place<'_>) -> Result<(), Box<Done>> {
    let needs = call.tool.options().approval;
    let Some(needs) = needs.filter(|needs| needs.rule.is_none_or(|rule| rule(&call.arguments))) else { return Ok(()) };
    let (agent, call_id) = call.asked_by.clone().map(|by| (by.agent, by.call_id)).unwrap_or_default();
    let approval = Approval {
        id: String::new(),
        agent,
        tool: call.tool.name().to_owned(),
        call_id,
        arguments: Value::Object(call.arguments.clone()),
        deadline: needs.deadline.and_then(|deadline| effects.now().checked_add(deadline)),
    };
    let decision = match (effects.approve(&call.tool, &approval), &options.approver) {
        (Some(decided), _) => decided.await,
        (None, Some(Approver(decide))) => decide(approval).await,
        (None, None) => {
            return Err(Box::new(Done::ending(RunErrorKind::ApprovalNeeded { approval: Box::new(approval) })));
        }
    };
    if decision.approved {
        return Ok(());
    }
    let message = decision.message.unwrap_or_else(|| NOT_APPROVED.to_owned());
    Err(Box::new(Done::of(Ok(message.into()))))
}
