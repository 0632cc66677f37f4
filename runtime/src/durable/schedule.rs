//! Where a request of a workflow becomes a command to Temporal: an activity, a timer, or a wait for a signal.

use super::{
    Site,
    activity::{Attempt, CallInfo, MODEL, ModelInput},
    adapter::{Begun, Carrying},
    approvals::{Approvals, Awaited},
    desk::{Answered, Reply, Request, Waiting, What},
    failure,
    inbox::Inbox,
    limits::{
        FIRST_WAIT, HEARTBEAT_TIMEOUT, LONGEST_SLEEP, MAX_LOCAL_ANSWER, MAX_LOCAL_RESULT, MAX_WHOLE, MODEL_ATTEMPTS,
        MODEL_TIMEOUT, MOMENT, TOOL_ATTEMPTS_LOST, TOOL_TIMEOUT_GRACE,
    },
    payload,
    prompt::{OpenCalls, Prompt, Sent},
    sizes::Sizes,
    streamed::Log,
};
use crate::{
    agent::AgentOptions,
    effects::{AskedBy, Entered, ModelCall, SoFar, ToolCall},
    model::{LONGEST_WAIT, ModelError, ModelErrorClass, ModelResponse},
    tool::{AnyTool, Backoff, Decision, ToolFailure, ToolFailureKind, ToolOptions},
};
use futures::FutureExt;
use serde::Serialize;
use serde_json::Value;
use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    time::{Duration, SystemTime},
};
use temporalio_common::{
    RetryPolicy, UntypedActivity, data_converters::RawValue, error::ActivityExecutionError,
    protos::temporal::api::common::v1::Payload,
};
use temporalio_workflow::{
    ActivityCloseTimeouts, ActivityOptions, LocalActivityOptions, TimerOptions, WaitConditionOptions,
    WorkflowCancellationToken, WorkflowContext,
};

/// The state of a workflow, as far as its commands are concerned.
pub(crate) trait Scheduling: 'static {
    fn site(&self) -> &Arc<Site>;
    fn inbox(&self) -> &Inbox;
    fn open_calls(&self) -> &OpenCalls;
    fn approvals(&self) -> &Approvals;
    fn log(&self) -> &Log;
}

/// Begins what was asked for.
pub(crate) fn begin<S: Scheduling>(context: &WorkflowContext<S>, request: Request) -> Begun {
    let site = context.state(|state| Arc::clone(state.site()));
    // Of the request's own, so that it alone can be cancelled; a child, so that it goes with the workflow.
    let token = context.cancellation_token().child_token();
    let (context, cancel) = (context.clone(), token.clone());
    match request.what {
        What::Model(asked, reply) => {
            let (call, at) = *asked;
            let prompt = prompt_of(&call);
            // What a local activity is given is not sent anywhere.
            let bytes = if call.local { 0 } else { MAX_WHOLE };
            let local = call.local.then_some(MAX_LOCAL_ANSWER);
            let work = call_model(context, token, site, call, prompt);
            let carrying = at.map_or(Carrying::Finished, Carrying::Boundary);
            Begun { local, ..answered(reply, bytes, carrying, work, cancel) }
        }
        What::Tool(call, reply) => {
            let input = encode_tool_input(&site, &call);
            let is_local = call.tool.options().local;
            let local = is_local.then_some(MAX_LOCAL_RESULT);
            let sizes = site.sizes();
            let bytes = input.iter().flatten().map(|payload| sizes.recorded(payload.data.len())).sum();
            let bytes = if is_local { 0 } else { bytes };
            // A run that has begun a turn ends it; what the workflow's own code asks for can wait.
            let carrying = if request.number.is_some() { Carrying::AskedAgain } else { Carrying::Finished };
            let work = call_tool(context, token, sizes, call.tool, input);
            Begun { local, ..answered(reply, bytes, carrying, work, cancel) }
        }
        What::Approval(asked, reply) => {
            let (tool, approval) = *asked;
            let deadline = approval.deadline;
            let run = context.run_id().to_owned();
            let awaited = context.state(|state| state.approvals().ask(&run, &tool, approval));
            answered(reply, 0, Carrying::Decided, decided(context, token, awaited, deadline), cancel)
        }
        What::Sleep(duration, reply) => {
            let duration = duration.min(LONGEST_SLEEP);
            let now = context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
            let end = request.number.zip(now.checked_add(duration));
            answered(reply, 0, Carrying::Waited(end), sleep(context, token, duration), cancel)
        }
        What::Signal(name, reply) => answered(reply, 0, Carrying::Waited(None), arrival(context, token, name), cancel),
        // Asked and answered while the workflow catches up; then there is nothing that could be in progress.
        What::Run(reply) => {
            let entered = Entered { number: request.number.unwrap_or_default(), so_far: SoFar::Nothing };
            answered(reply, 0, Carrying::AskedAgain, std::future::ready((entered, 0)), cancel)
        }
    }
}

/// Begins a wait that is over at once: in the next task.
pub(crate) fn pause<S: Scheduling>(context: &WorkflowContext<S>) -> Begun {
    let token = context.cancellation_token().child_token();
    let options = TimerOptions::builder(MOMENT).cancellation_token(token.clone()).build();
    let context = context.clone();
    let work = async move {
        context.timer(options).await;
        0
    };
    Begun {
        work: work.boxed_local(),
        bytes: 0,
        local: None,
        is_pause: true,
        was_pending: false,
        waiting: Waiting::for_ever(),
        carrying: Carrying::Waited(None),
        cancel: Box::new(move || token.cancel()),
    }
}

/// Delivers what `work` comes to.
fn answered<T: Answered + 'static>(
    reply: Reply<T>,
    bytes: usize,
    carrying: Carrying,
    work: impl Future<Output = (T, usize)> + 'static,
    token: WorkflowCancellationToken,
) -> Begun {
    let waiting = reply.waiting.clone();
    let work = async move {
        let (answer, bytes) = work.await;
        reply.send(answer);
        bytes
    };
    Begun {
        work: work.boxed_local(),
        bytes,
        local: None,
        is_pause: false,
        was_pending: false,
        waiting,
        carrying,
        cancel: Box::new(move || token.cancel()),
    }
}

fn prompt_of(call: &ModelCall) -> Prompt {
    Prompt { instructions: call.instructions.clone(), conversation: call.conversation.clone() }
}

/// The payload of a model call, or why it cannot be made.
fn encode_model_input(
    site: &Site,
    call: &ModelCall,
    prompt: &Prompt,
    shown: Option<u64>,
) -> Result<Payload, ModelError> {
    let by_reference = prompt.bytes() > site.by_reference.over;
    let input = ModelInput {
        agent: call.agent.name().into(),
        made: call.agent.sent().map(Box::new),
        model: (*call.model != *call.agent.model()).then(|| (*call.model).into()),
        settings: call.settings.clone(),
        answer_as: call.answer_as.map(|spec| spec.name().into()),
        turn: call.turn,
        // Left out where there is nothing to spend.
        tool_choice_spent: call.tool_choice_spent && call.agent.settings().tool_choice.is_some(),
        disabled: call.disabled.as_slice().into(),
        shown,
        prompt: if by_reference { Sent::Reference(prompt.reference()) } else { Sent::Whole(prompt.clone()) },
    };
    encode_within(site.sizes().most, &input).map_err(|why| {
        let message = format!("the conversation of agent `{}` cannot be sent: {why}", call.agent.name());
        ModelError::new(ModelErrorClass::Configuration, message)
    })
}

async fn call_model<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    site: Arc<Site>,
    call: ModelCall,
    prompt: Prompt,
) -> (Result<ModelResponse, ModelError>, usize) {
    let (mut made, mut recorded) = (0, 0);
    loop {
        let left = attempts(&call).saturating_sub(made).max(1);
        let (answer, bytes) = attempt_model(&context, token.clone(), &site, &call, &prompt, left).await;
        recorded += bytes;
        let mut error = match answer {
            Ok(answer) => return (Ok(answer), recorded),
            Err(error) => error,
        };
        made += match error.attempts {
            // Nobody has counted, as when a worker was lost again and again: they are used up.
            0 => left,
            // What was not sent was no attempt.
            attempts => attempts - u32::from(error.is_held_back()),
        };
        error.attempts = made;
        let long = error.long_wait().filter(|_| error.is_retryable() && made < attempts(&call) && call.share.is_last());
        let Some(wait) = long else { return (Err(error), recorded) };
        sleep(context.clone(), token.clone(), wait.min(LONGEST_SLEEP)).await;
        if token.is_cancelled() {
            return (Err(error), recorded);
        }
    }
}

/// One activity: so many attempts, until one of them has an answer or is told to wait for long.
async fn attempt_model<S: Scheduling>(
    context: &WorkflowContext<S>,
    token: WorkflowCancellationToken,
    site: &Arc<Site>,
    call: &ModelCall,
    prompt: &Prompt,
    attempts: u32,
) -> (Result<ModelResponse, ModelError>, usize) {
    let log = context.state(|state| state.log().clone());
    let shown = call.stream.as_ref().map(|stream| log.ask(stream, call.agent.name(), call.turn));
    let input = encode_model_input(site, call, prompt, shown);
    site.prompts.feed(context.workflow_id(), prompt);
    let ended = match input {
        Err(error) => Err(error),
        Ok(input) if call.local => {
            let _kept = site.prompts.keep(context.workflow_id().to_owned(), prompt.clone());
            Ok(local_model_call(context, token, call, input, attempts).await)
        }
        Ok(input) => {
            let _open = context.state(|state| state.open_calls().add(prompt.clone()));
            let AgentOptions { timeout, task_queue, .. } = *call.agent.options();
            let options = ActivityOptions::with_start_to_close_timeout(timeout.unwrap_or(MODEL_TIMEOUT))
                .heartbeat_timeout(HEARTBEAT_TIMEOUT)
                .cancellation_token(token)
                .maybe_task_queue(task_queue.map(str::to_owned))
                .retry_policy(retry_policy(attempts))
                .summary(summary(call))
                .build();
            Ok(context.execute_activity(UntypedActivity::new(MODEL), RawValue::new(vec![input]), options).await)
        }
    };
    let attempt = ended.as_ref().map_or(1, |ended| ended.as_ref().map_or(1, attempt_of));
    let (answer, bytes) = ended.map_or_else(|error| (Err(error), 0), |ended| answer(site.sizes(), ended));
    if let Some(shown) = shown {
        log.answer(shown, answer.as_ref().ok().map(|answer| (attempt, answer.text())));
    }
    (answer, bytes)
}

/// Which attempt has come to this answer.
fn attempt_of(answer: &RawValue) -> u32 {
    payload::decode(answer.payloads.first()).map_or(1, |Attempt { attempt }| attempt)
}

/// The same by the worker that has the workflow.
async fn local_model_call<S: Scheduling>(
    context: &WorkflowContext<S>,
    token: WorkflowCancellationToken,
    call: &ModelCall,
    input: Payload,
    attempts: u32,
) -> Result<RawValue, ActivityExecutionError> {
    let timeout = call.agent.options().timeout.unwrap_or(MODEL_TIMEOUT);
    let options = LocalActivityOptions::builder()
        .start_to_close_timeout(timeout)
        // All attempts; it is never what ends a call first.
        .schedule_to_close_timeout(timeout.saturating_add(LONGEST_WAIT).saturating_mul(attempts))
        .cancellation_token(token)
        .retry_policy(retry_policy(attempts))
        .summary(summary(call))
        .build();
    context.execute_local_activity(UntypedActivity::new(MODEL), RawValue::new(vec![input]), options).await
}

/// How often this model is asked, at most.
fn attempts(call: &ModelCall) -> u32 {
    call.share.of(call.agent.options().retries.map_or(MODEL_ATTEMPTS, |retries| retries.saturating_add(1)))
}

/// Made of names and numbers only: whoever sees the list of a workflow's steps reads it.
fn summary(call: &ModelCall) -> String {
    format!("{} · {} · turn {}", call.agent.name(), call.model, call.turn)
}

fn answer(
    sizes: Sizes,
    answered: Result<RawValue, ActivityExecutionError>,
) -> (Result<ModelResponse, ModelError>, usize) {
    let answer = match answered {
        Ok(answer) => answer,
        Err(error) => {
            let error = failure::to_model_error(&error);
            let bytes = error.message.len();
            return (Err(error), bytes);
        }
    };
    let response = payload::decode(answer.payloads.first()).map_err(|error| {
        ModelError::new(ModelErrorClass::Malformed, format!("a recorded model answer cannot be read: {error}"))
    });
    (response, size(sizes, &answer))
}

async fn call_tool<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    sizes: Sizes,
    tool: AnyTool,
    input: Result<Vec<Payload>, ToolFailure>,
) -> (Result<Value, ToolFailure>, usize) {
    let input = match input {
        Ok(input) => RawValue::new(input),
        Err(failure) => return (Err(failure), 0),
    };
    let ToolOptions { timeout, schedule_to_close, retries, backoff, task_queue, local, .. } = *tool.options();
    let timeout = timeout.saturating_add(TOOL_TIMEOUT_GRACE);
    if local {
        let attempts = retries.saturating_add(1);
        let all = timeout.saturating_add(backoff.maximum).saturating_mul(attempts);
        let options = LocalActivityOptions::builder()
            .start_to_close_timeout(timeout)
            .schedule_to_close_timeout(schedule_to_close.unwrap_or(all))
            .cancellation_token(token)
            .retry_policy(tool_retry_policy(backoff, attempts))
            .build();
        let ended = context.execute_local_activity(UntypedActivity::new(tool.name()), input, options).await;
        return result(&tool, sizes, ended);
    }
    let timeouts = match schedule_to_close {
        None => ActivityCloseTimeouts::StartToClose(timeout),
        Some(schedule_to_close) => {
            ActivityCloseTimeouts::ScheduleAndStartToClose { start_to_close: timeout, schedule_to_close }
        }
    };
    let options = ActivityOptions::with_close_timeouts(timeouts)
        .heartbeat_timeout(HEARTBEAT_TIMEOUT)
        .cancellation_token(token)
        .maybe_task_queue(task_queue.map(str::to_owned))
        .retry_policy(tool_retry_policy(backoff, retries.saturating_add(TOOL_ATTEMPTS_LOST)))
        .build();
    let ended = context.execute_activity(UntypedActivity::new(tool.name()), input, options).await;
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
            let failure = failure::to_tool_failure(tool.name(), &error);
            let bytes = failure.message.len();
            return (Err(failure), bytes);
        }
    };
    let value = payload::decode(result.payloads.first()).map_err(|error| ToolFailure {
        kind: ToolFailureKind::Failed,
        message: format!("the result of tool `{}` cannot be read: {error}", tool.name()),
    });
    (value, size(sizes, &result))
}

/// Bytes of payload, as they are recorded.
fn size(sizes: Sizes, value: &RawValue) -> usize {
    value.payloads.iter().map(|payload| sizes.recorded(payload.data.len())).sum()
}

/// The payloads of a tool call, or why it cannot be made. An activity that no worker knows would wait for ever, and
/// one whose arguments are too large would fail the workflow's task for ever.
fn encode_tool_input(site: &Site, call: &ToolCall) -> Result<Vec<Payload>, ToolFailure> {
    let ToolCall { tool, arguments, asked_by, given } = call;
    let name = tool.name();
    if site.registry.tool(name).is_none() {
        let message = format!("tool `{name}` is not registered on this worker; add `.tool::<{name}>()` to the app");
        return Err(ToolFailure { kind: ToolFailureKind::Fatal, message });
    }
    let (agent, call_id) = asked_by.clone().map(|AskedBy { agent, call_id }| (agent, call_id)).unzip();
    let call_id = call_id.flatten();
    let too_large = |why| ToolFailure {
        kind: ToolFailureKind::TooLarge,
        message: format!("the arguments of tool `{name}` cannot be sent: {why}"),
    };
    let most = site.sizes().most;
    let arguments = encode_within(most, arguments).map_err(too_large)?;
    let context = if tool.wants_run() { given.sent() } else { Ok(None) };
    let context = context.map_err(|message| ToolFailure { kind: ToolFailureKind::Fatal, message })?;
    let info = CallInfo { agent, call_id, context };
    let info = encode_within(most, &info).map_err(too_large)?;
    Ok(vec![arguments, info])
}

async fn sleep<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    duration: Duration,
) -> ((), usize) {
    context.timer(TimerOptions::builder(duration).cancellation_token(token).build()).await;
    ((), 0)
}

/// Waits until somebody has decided, or the time for it is over.
async fn decided<S: Scheduling>(
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
async fn arrival<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    name: String,
) -> ((), usize) {
    let options = WaitConditionOptions::builder().cancellation_token(token).build();
    // It ends early only when it is cancelled, and then nobody waits for it.
    let _ = context.wait_condition_with_options(|state| state.inbox().has(&name), options).await;
    ((), 0)
}

/// Writes an input, unless the server would not take it.
fn encode_within<T: Serialize>(limit: usize, value: &T) -> Result<Payload, String> {
    let payload = payload::encode(value).map_err(|error| error.to_string())?;
    match payload.data.len() {
        size if size > limit => Err(format!("{size} bytes, over the limit of {limit}")),
        _ => Ok(payload),
    }
}

fn tool_retry_policy(backoff: Backoff, attempts: u32) -> RetryPolicy {
    RetryPolicy::builder()
        .initial_interval(backoff.initial)
        .backoff_coefficient(backoff.coefficient)
        .maximum_interval(backoff.maximum)
        .maximum_attempts(attempts)
        .build()
}

fn retry_policy(attempts: u32) -> RetryPolicy {
    RetryPolicy::builder()
        .initial_interval(FIRST_WAIT)
        .maximum_interval(LONGEST_WAIT)
        .maximum_attempts(attempts)
        .build()
}
