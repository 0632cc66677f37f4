//! Messages for a workflow: decisions about calls, and updates for its handlers.

use super::Hosted;
use crate::{
    durable::{inbox::Arrival, payload, updates::Accepted},
    tool::Decision,
    workflow::{BoxError, Workflow},
};
use serde_json::Value;
use std::time::SystemTime;
use temporalio_common::protos::temporal::api::common::v1::Payload;
use temporalio_workflow::{WaitConditionOptions, WorkflowCancellationToken, WorkflowContext};

/// A payload, or nothing where none was sent.
pub(super) fn value(input: &[Payload]) -> Result<Value, BoxError> {
    match input.first() {
        Some(_) => payload::decode(input.first()).map_err(|error| format!("its input is not JSON: {error}").into()),
        None => Ok(Value::Null),
    }
}

/// Reads what was decided about a call.
pub(super) fn decision(input: &[Payload]) -> Result<Decision, BoxError> {
    payload::decode(input.first()).map_err(|error| format!("this is no decision: {error}").into())
}

/// Decides about a call.
pub(super) fn decide<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    input: &[Payload],
) -> Result<Payload, BoxError> {
    let now = context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
    let decision = decision(input)?;
    // Through the state, so that the SDK looks again at what waits for it.
    let decision = context.state_mut(|hosted| hosted.approvals.decide(decision, now))?;
    Ok(payload::encode(&decision)?)
}

/// Puts an update where the workflow's code will find it.
pub(super) fn accept<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    name: &str,
    input: &[Payload],
) -> Result<Accepted, BoxError> {
    let input = value(input)?;
    Ok(context.state_mut(|hosted| {
        let accepted = hosted.updates.accept();
        hosted.inbox.put(Arrival::Update { update: name.to_owned(), input, number: Some(accepted.number) });
        accepted
    }))
}

/// Waits for what the workflow's code says to an update.
pub(super) async fn answer_of<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    name: &str,
    accepted: Accepted,
) -> Result<Payload, BoxError> {
    // What a cancelled workflow still answers is to arrive.
    let options = WaitConditionOptions::builder().cancellation_token(WorkflowCancellationToken::new()).build();
    let _ = context.wait_condition_with_options(|_| accepted.is_answered(), options).await;
    let answer = payload::encode(&accepted.take().unwrap_or(Ok(Value::Null))?)?;
    let sizes = context.state(|hosted| hosted.site.sizes());
    sizes.check(&format!("the answer to update `{name}` is"), answer.data.len())?;
    Ok(answer)
}
