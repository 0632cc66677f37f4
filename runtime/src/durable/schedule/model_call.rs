//! A model call as activities: so many attempts, and where the provider wants to be left alone for long, a timer between.

use super::{Commands, encode_within, priority_of, size, waits::sleep};
use crate::{
    agent::AgentOptions,
    durable::{
        Site,
        activity::{Attempt, MODEL, ModelInput},
        failure,
        limits::{FIRST_WAIT, HEARTBEAT_TIMEOUT, LONGEST_HOLD, LONGEST_SLEEP, MODEL_ATTEMPTS, MODEL_TIMEOUT},
        payload,
        prompt::{Prompt, Sent},
        sizes::Sizes,
    },
    effects::ModelCall,
    model::{LONGEST_WAIT, ModelError, ModelErrorClass, ModelResponse},
};
use std::sync::Arc;
use temporalio_common::{
    RetryPolicy, UntypedActivity, data_converters::RawValue, error::ActivityExecutionError,
    protos::temporal::api::common::v1::Payload,
};
use temporalio_workflow::{ActivityOptions, LocalActivityOptions, WorkflowCancellationToken};

pub(crate) async fn call_model<C: Commands>(
    context: C,
    token: WorkflowCancellationToken,
    site: Arc<Site>,
    call: ModelCall,
    prompt: Prompt,
) -> (Result<ModelResponse, ModelError>, usize) {
    let (mut made, mut recorded, mut held) = (0, 0, 0_u32);
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
        let wait = match error.retry_after {
            // Nobody has failed, so nobody else is asked in its place.
            Some(wait) if error.is_held_back() => {
                held += 1;
                // Many that are told the same would come back together, and each time some events longer.
                Some(wait.max(LONGEST_HOLD.min(wait.saturating_mul(2_u32.saturating_pow(held - 1)))))
            }
            _ => error.long_wait().filter(|_| error.is_retryable() && made < attempts(&call) && call.share.is_last()),
        };
        let Some(wait) = wait else { return (Err(error), recorded) };
        sleep(context.clone(), token.clone(), wait.min(LONGEST_SLEEP)).await;
        if token.is_cancelled() {
            return (Err(error), recorded);
        }
    }
}

/// One activity: so many attempts, until one of them has an answer or is told to wait for long.
async fn attempt_model<C: Commands>(
    context: &C,
    token: WorkflowCancellationToken,
    site: &Arc<Site>,
    call: &ModelCall,
    prompt: &Prompt,
    attempts: u32,
) -> (Result<ModelResponse, ModelError>, usize) {
    let log = context.log();
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
            let _open = context.open_calls().add(prompt.clone());
            let AgentOptions { timeout, priority, .. } = *call.agent.options();
            let task_queue = site.registry.queues.of_agent(&call.agent);
            let options = ActivityOptions::with_start_to_close_timeout(timeout.unwrap_or(MODEL_TIMEOUT))
                .heartbeat_timeout(HEARTBEAT_TIMEOUT)
                .cancellation_token(token)
                .maybe_task_queue(task_queue.map(str::to_owned))
                .maybe_priority(priority.map(priority_of))
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
async fn local_model_call<C: Commands>(
    context: &C,
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

pub(crate) fn prompt_of(call: &ModelCall) -> Prompt {
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
    encode_within(site.sizes(), "it is", &input).map_err(|why| {
        let message = format!("the conversation of agent `{}` cannot be sent: {why}", call.agent.name());
        ModelError::new(ModelErrorClass::Configuration, message)
    })
}

fn retry_policy(attempts: u32) -> RetryPolicy {
    RetryPolicy::builder()
        .initial_interval(FIRST_WAIT)
        .maximum_interval(LONGEST_WAIT)
        .maximum_attempts(attempts)
        .build()
}
