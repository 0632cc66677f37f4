//! Waits: for a time, for somebody's decision, for a signal.

use super::{Commands, Scheduling};
use crate::{
    durable::{
        approvals::Awaited,
        limits::{LONGEST_SLEEP, MOMENT},
    },
    tool::Decision,
};
use std::{
    future::poll_fn,
    pin::pin,
    task::Poll,
    time::{Duration, SystemTime},
};
use temporalio_workflow::{TimerOptions, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext};

pub(crate) async fn sleep<C: Commands>(
    context: C,
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
    // It ends early only when it is cancelled, and then nobody waits for it.
    once(|| token.is_cancelled() || context.state(|state| state.inbox().has(&name))).await
}

/// Waits until nobody waits for it any more.
pub(crate) async fn never(token: WorkflowCancellationToken) -> ((), usize) {
    once(|| token.is_cancelled()).await
}

/// Waits until the workflow is to be cancelled.
pub(crate) async fn called_off(workflow: WorkflowCancellationToken, token: WorkflowCancellationToken) -> ((), usize) {
    once(|| token.is_cancelled() || workflow.is_cancelled()).await
}

/// Waits for something that is looked at whenever the adapter polls, which is whenever anything happens: so nobody has to be
/// woken, and the SDK, which keeps each waker until it has, keeps none.
async fn once(is_so: impl Fn() -> bool) -> ((), usize) {
    poll_fn(|_| if is_so() { Poll::Ready(()) } else { Poll::Pending }).await;
    ((), 0)
}
