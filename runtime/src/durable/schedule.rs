//! Where a request of a workflow becomes a command to Temporal: an activity, a timer, or a wait for a signal.

use super::{
    Site,
    activity::{CallInfo, MODEL, ModelInput},
    adapter::Begun,
    effects::{Reply, Request},
    failure,
    inbox::Inbox,
    limits::{
        FIRST_WAIT, HEARTBEAT_TIMEOUT, LONGEST_WAIT, MAX_PAYLOAD, MODEL_ATTEMPTS, MODEL_TIMEOUT, TOOL_ATTEMPTS_LOST,
        TOOL_TIMEOUT_GRACE,
    },
    payload,
    prompt::{OpenCalls, Prompt, Sent},
};
use crate::{
    app::Registry,
    effects::{ModelCall, ToolCall},
    model::{ModelError, ModelErrorClass, ModelResponse},
    tool::{ToolDef, ToolFailure, ToolFailureKind},
};
use futures::FutureExt;
use serde::Serialize;
use serde_json::Value;
use std::{future::Future, sync::Arc, time::Duration};
use temporalio_common::{
    RetryPolicy, UntypedActivity, data_converters::RawValue, protos::temporal::api::common::v1::Payload,
};
use temporalio_workflow::{
    ActivityOptions, TimerOptions, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext,
};

/// The state of a workflow, as far as its commands are concerned.
pub(crate) trait Scheduling: 'static {
    fn site(&self) -> &Arc<Site>;
    fn inbox(&self) -> &Inbox;
    fn open_calls(&self) -> &OpenCalls;
}

/// Begins what was asked for.
pub(crate) fn begin<S: Scheduling>(context: &WorkflowContext<S>, request: Request) -> Begun {
    let site = context.state(|state| Arc::clone(state.site()));
    // Of the request's own, so that it alone can be cancelled; a child, so that it goes with the workflow.
    let token = context.cancellation_token().child_token();
    let (context, cancel) = (context.clone(), token.clone());
    match request {
        Request::Model(call, reply) => {
            let prompt = prompt_of(&call);
            let input = encode_model_input(&site, &call, &prompt);
            let bytes = input.as_ref().map_or(0, |input| input.data.len());
            answered(reply, bytes, call_model(context, token, site, *call, prompt, input), cancel)
        }
        Request::Tool(call, reply) => {
            let input = encode_tool_input(&site.registry, &call);
            let bytes = input.iter().flatten().map(|payload| payload.data.len()).sum();
            answered(reply, bytes, call_tool(context, token, call.def, input), cancel)
        }
        Request::Sleep(duration, reply) => answered(reply, 0, sleep(context, token, duration), cancel),
        Request::Signal(name, reply) => answered(reply, 0, arrival(context, token, name), cancel),
    }
}

/// Delivers what `work` comes to.
fn answered<T: 'static>(
    reply: Reply<T>,
    bytes: usize,
    work: impl Future<Output = T> + 'static,
    token: WorkflowCancellationToken,
) -> Begun {
    let waiting = reply.waiting.clone();
    let work = async move { reply.send(work.await) }.boxed_local();
    Begun { work, bytes, waiting, cancel: Box::new(move || token.cancel()) }
}

fn prompt_of(call: &ModelCall) -> Prompt {
    Prompt { instructions: call.instructions.clone(), conversation: call.conversation.clone() }
}

/// The payload of a model call, or why it cannot be made.
fn encode_model_input(site: &Site, call: &ModelCall, prompt: &Prompt) -> Result<Payload, ModelError> {
    let by_reference = prompt.bytes() > site.by_reference.over;
    let input = ModelInput {
        agent: call.agent.name.into(),
        answer_as: call.answer_as.map(|spec| spec.name.into()),
        turn: call.turn,
        tool_choice_spent: call.tool_choice_spent,
        prompt: if by_reference { Sent::Reference(prompt.reference()) } else { Sent::Whole(prompt.clone()) },
    };
    encode_within_limit(&input).map_err(|why| {
        let message = format!("the conversation of agent `{}` cannot be sent: {why}", call.agent.name);
        ModelError::new(ModelErrorClass::Configuration, message)
    })
}

async fn call_model<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    site: Arc<Site>,
    call: ModelCall,
    prompt: Prompt,
    input: Result<Payload, ModelError>,
) -> Result<ModelResponse, ModelError> {
    site.prompts.feed(context.workflow_id(), &prompt);
    let _open = context.state(|state| state.open_calls().add(prompt));
    let options = ActivityOptions::with_start_to_close_timeout(MODEL_TIMEOUT)
        .heartbeat_timeout(HEARTBEAT_TIMEOUT)
        .cancellation_token(token)
        .retry_policy(retry_policy(MODEL_ATTEMPTS))
        // Summaries are not encrypted by a codec, so they are made of names and numbers only.
        .summary(format!("{} · {} · turn {}", call.agent.name, call.agent.model, call.turn))
        .build();
    let running = context.execute_activity(UntypedActivity::new(MODEL), RawValue::new(vec![input?]), options);
    let answer = running.await.map_err(|error| failure::to_model_error(&error))?;
    payload::decode(answer.payloads.first()).map_err(|error| {
        ModelError::new(ModelErrorClass::Malformed, format!("a recorded model answer cannot be read: {error}"))
    })
}

async fn call_tool<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    tool: &'static ToolDef,
    input: Result<Vec<Payload>, ToolFailure>,
) -> Result<Value, ToolFailure> {
    let options = ActivityOptions::with_start_to_close_timeout(tool.timeout.saturating_add(TOOL_TIMEOUT_GRACE))
        .heartbeat_timeout(HEARTBEAT_TIMEOUT)
        .cancellation_token(token)
        .maybe_task_queue(tool.task_queue.map(str::to_owned))
        .retry_policy(retry_policy(tool.retries.saturating_add(TOOL_ATTEMPTS_LOST)))
        .build();
    let running = context.execute_activity(UntypedActivity::new(tool.name), RawValue::new(input?), options);
    let result = running.await.map_err(|error| failure::to_tool_failure(tool.name, &error))?;
    payload::decode(result.payloads.first()).map_err(|error| ToolFailure {
        kind: ToolFailureKind::Failed,
        message: format!("the result of tool `{}` cannot be read: {error}", tool.name),
    })
}

/// The payloads of a tool call, or why it cannot be made. An activity that no worker knows would wait for ever, and
/// one whose arguments are too large would fail the workflow's task for ever.
fn encode_tool_input(registry: &Registry, call: &ToolCall) -> Result<Vec<Payload>, ToolFailure> {
    let ToolCall { def, arguments, asked_by } = call;
    if registry.tool(def.name).is_none() {
        let message = format!("tool `{0}` is not registered on this worker; add `.tool::<{0}>()` to the app", def.name);
        return Err(ToolFailure { kind: ToolFailureKind::Fatal, message });
    }
    let (agent, call_id) = asked_by.clone().unzip();
    let too_large = |why| ToolFailure {
        kind: ToolFailureKind::TooLarge,
        message: format!("the arguments of tool `{}` cannot be sent: {why}", def.name),
    };
    let arguments = encode_within_limit(arguments).map_err(too_large)?;
    let info = encode_within_limit(&CallInfo { agent: agent.map(str::to_owned), call_id }).map_err(too_large)?;
    Ok(vec![arguments, info])
}

async fn sleep<S: Scheduling>(context: WorkflowContext<S>, token: WorkflowCancellationToken, duration: Duration) {
    context.timer(TimerOptions::builder(duration).cancellation_token(token).build()).await;
}

/// Waits until there is a signal to take; whoever asked takes it.
async fn arrival<S: Scheduling>(context: WorkflowContext<S>, token: WorkflowCancellationToken, name: String) {
    let options = WaitConditionOptions::builder().cancellation_token(token).build();
    // It ends early only when it is cancelled, and then nobody waits for it.
    let _ = context.wait_condition_with_options(|state| state.inbox().has(&name), options).await;
}

/// Writes an input, unless the server would not take it.
fn encode_within_limit<T: Serialize>(value: &T) -> Result<Payload, String> {
    let payload = payload::encode(value).map_err(|error| error.to_string())?;
    match payload.data.len() {
        size if size > MAX_PAYLOAD => Err(format!("{size} bytes, over the limit of {MAX_PAYLOAD}")),
        _ => Ok(payload),
    }
}

fn retry_policy(attempts: u32) -> RetryPolicy {
    RetryPolicy::builder()
        .initial_interval(FIRST_WAIT)
        .maximum_interval(LONGEST_WAIT)
        .maximum_attempts(attempts)
        .build()
}
