//! A tool call as an activity.

use super::{Commands, encode_within, priority_of, size};
use crate::{
    durable::{
        Site,
        activity::CallInfo,
        failure,
        limits::{ATTEMPTS_AT_GONE, HEARTBEAT_TIMEOUT, LONGEST_SLEEP, TOOL_ATTEMPTS_LOST, TOOL_TIMEOUT_GRACE},
        payload,
        sizes::Sizes,
    },
    effects::{AskedBy, ToolCall},
    tool::{AnyTool, CallOptions, ToolFailure, ToolFailureKind, ToolOptions},
};
use serde_json::Value;
use std::sync::Arc;
use temporalio_common::{
    RetryPolicy, UntypedActivity, data_converters::RawValue, error::ActivityExecutionError,
    protos::temporal::api::common::v1::Payload,
};
use temporalio_workflow::{ActivityCloseTimeouts, ActivityOptions, LocalActivityOptions, WorkflowCancellationToken};

pub(crate) async fn call_tool<C: Commands>(
    context: C,
    token: WorkflowCancellationToken,
    site: Arc<Site>,
    tool: AnyTool,
    set: CallOptions,
    input: Result<Vec<Payload>, ToolFailure>,
) -> (Result<Value, ToolFailure>, usize) {
    let sizes = site.sizes();
    let input = match input {
        Ok(input) => RawValue::new(input),
        Err(failure) => return (Err(failure), 0),
    };
    let options = set.over(tool.options());
    let ToolOptions { timeout, schedule_to_close, retries, backoff, priority, local, .. } = options;
    let task_queue = site.registry.queues.of_tool(tool.name());
    // Who writes more than the server can count means never.
    let timeout = timeout.saturating_add(TOOL_TIMEOUT_GRACE).min(LONGEST_SLEEP);
    let schedule_to_close = schedule_to_close.map(|longest| longest.min(LONGEST_SLEEP));
    if local {
        let attempts = retries.saturating_add(1);
        let all = timeout.saturating_add(backoff.longest()).saturating_mul(attempts).min(LONGEST_SLEEP);
        let local = LocalActivityOptions::builder()
            .start_to_close_timeout(timeout)
            .schedule_to_close_timeout(schedule_to_close.unwrap_or(all))
            .cancellation_token(token)
            .retry_policy(tool_retry_policy(&options, attempts))
            .build();
        let ended = context.execute_local_activity(UntypedActivity::new(tool.name()), input, local).await;
        return result(&tool, sizes, ended);
    }
    let timeouts = match schedule_to_close {
        None => ActivityCloseTimeouts::StartToClose(timeout),
        Some(schedule_to_close) => {
            ActivityCloseTimeouts::ScheduleAndStartToClose { start_to_close: timeout, schedule_to_close }
        }
    };
    let attempts = if tool.is_gone() { ATTEMPTS_AT_GONE } else { retries.saturating_add(TOOL_ATTEMPTS_LOST) };
    let activity = ActivityOptions::with_close_timeouts(timeouts)
        .heartbeat_timeout(HEARTBEAT_TIMEOUT)
        .cancellation_token(token)
        .maybe_task_queue(task_queue.map(str::to_owned))
        .maybe_priority(priority.map(priority_of))
        .retry_policy(tool_retry_policy(&options, attempts))
        .build();
    let ended = context.execute_activity(UntypedActivity::new(tool.name()), input, activity).await;
    result(&tool, sizes, ended)
}

fn result(
    tool: &AnyTool,
    sizes: Sizes,
    ended: Result<RawValue, ActivityExecutionError>,
) -> (Result<Value, ToolFailure>, usize) {
    let result = match ended {
        Ok(result) => result,
        Err(error) => {
            let failure = failure::to_tool_failure(tool, &error);
            let bytes = failure.message.len();
            return (Err(failure), bytes);
        }
    };
    let value = payload::decode(result.payloads.first()).map_err(|error| ToolFailure {
        kind: ToolFailureKind::Failed,
        message: format!("the result of {} `{}` cannot be read: {error}", tool.noun(), tool.name()),
    });
    (value, size(sizes, &result))
}

/// The payloads of a tool call, or why it cannot be made. An activity that no worker knows would wait for ever, and
/// one whose arguments are too large would fail the workflow's task for ever.
pub(crate) fn encode_tool_input(site: &Site, call: &ToolCall) -> Result<Vec<Payload>, ToolFailure> {
    let ToolCall { tool, arguments, asked_by, given, set } = call;
    let (noun, name) = (tool.noun(), tool.name());
    // One that is gone may be known to workers of older code, and is asked for a few times only.
    if site.registry.tool(name).is_none() && !tool.is_gone() {
        let item = tool.item();
        let message = format!("{noun} `{name}` is not registered on this worker; add `.{noun}::<{item}>()` to the app");
        return Err(ToolFailure { kind: ToolFailureKind::Fatal, message });
    }
    let (agent, call_id) = asked_by.clone().map(|AskedBy { agent, call_id }| (agent, call_id)).unzip();
    let call_id = call_id.flatten();
    let too_large = |why| ToolFailure {
        kind: ToolFailureKind::TooLarge,
        message: format!("the arguments of {noun} `{name}` cannot be sent: {why}"),
    };
    let arguments = encode_within(site.sizes(), "they are", arguments).map_err(too_large)?;
    let context = if tool.wants_run() { given.sent() } else { Ok(None) };
    let context = context.map_err(|message| ToolFailure { kind: ToolFailureKind::Fatal, message })?;
    let info = CallInfo { agent, call_id, context, set: *set };
    let info = encode_within(site.sizes(), "what goes with them is", &info).map_err(too_large)?;
    Ok(vec![arguments, info])
}

/// What is not retryable is decided by our workers; the names are for those in other languages.
fn tool_retry_policy(options: &ToolOptions, attempts: u32) -> RetryPolicy {
    let backoff = options.backoff;
    RetryPolicy::builder()
        .initial_interval(backoff.initial)
        .backoff_coefficient(backoff.coefficient)
        .maximum_interval(backoff.longest())
        .maximum_attempts(attempts)
        .non_retryable_error_types(options.non_retryable.iter().copied())
        .build()
}
