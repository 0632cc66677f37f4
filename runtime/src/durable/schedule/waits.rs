//! Waits: for a time, for somebody's decision, for a signal.

use super::Scheduling;
use crate::{
    durable::{
        approvals::Awaited,
        limits::{LONGEST_SLEEP, MOMENT},
    },
    tool::Decision,
};
use std::{
    pin::pin,
    time::{Duration, SystemTime},
};
use temporalio_workflow::{TimerOptions, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext};

pub(super) async fn sleep<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    duration: Duration,
) -> ((), usize) {
    context.timer(TimerOptions::builder(duration).cancellation_token(token).build()).await;
    ((), 0)
}

/// Waits until somebody has decided, or the time for it is over.
pub(super) async fn decided<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    awaited: Awaited,
    deadline: Option<SystemTime>,
) -> (Decision, usize) {
    let options = WaitConditionOptions::builder().cancellation_token(token.clone()).build();
    let decision = context.wait_condition_with_options(|_| awaited.decision().is_some(), options);
    if let Some(deadline) = deadline {
        let now = context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
        let left = deadline.duration_since(now).unwrap_or_default().clamp(MOMENT, LONGEST_SLEEP);
        // Ends with the decision as well, so that no timer is left behind.
        let timer = token.child_token();
        let over = context.timer(TimerOptions::builder(left).cancellation_token(timer.clone()).build());
        futures::future::select(pin!(decision), pin!(over)).await;
        timer.cancel();
    } else {
        let _ = decision.await;
    }
    (awaited.decision().unwrap_or_else(Decision::late), 0)
}

/// Waits until there is a signal to take; whoever asked takes it.
pub(super) async fn arrival<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    name: String,
) -> ((), usize) {
    let options = WaitConditionOptions::builder().cancellation_token(token).build();
    // It ends early only when it is cancelled, and then nobody waits for it.
    let _ = context.wait_condition_with_options(|state| state.inbox().has(&name), options).await;
    ((), 0)
}

/// Waits until nobody waits for it any more.
pub(super) async fn never<S: Scheduling>(context: WorkflowContext<S>, token: WorkflowCancellationToken) -> ((), usize) {
    let options = WaitConditionOptions::builder().cancellation_token(token).build();
    let _ = context.wait_condition_with_options(|_| false, options).await;
    ((), 0)
}

/// Waits until the workflow is to be cancelled.
pub(super) async fn called_off<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
) -> ((), usize) {
    let workflow = context.cancellation_token();
    futures::future::select(pin!(workflow.cancelled()), pin!(token.cancelled())).await;
    ((), 0)
}
