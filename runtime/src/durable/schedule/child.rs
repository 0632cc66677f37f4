//! Other workflows: a child and its result, a signal or a cancellation on its way.

use super::{Scheduling, encode_within, size};
use crate::{
    SearchValue, WorkflowError,
    durable::{
        client::{Failed, search},
        marks::Marks,
        payload,
        sizes::Sizes,
    },
    effects::{ChildStart, Outgoing, ParentClose, Sending},
};
use futures::{FutureExt, future::LocalBoxFuture};
use serde_json::Value;
use std::{
    cell::RefCell,
    collections::BTreeMap,
    future::poll_fn,
    rc::Rc,
    task::{Context, Poll, ready},
};
use temporalio_client::{Priority, UntypedSignal, UntypedWorkflow};
use temporalio_common::{
    data_converters::RawValue,
    error::{ChildWorkflowExecutionError, ChildWorkflowStartError, IncomingError, WorkflowSignalError},
};
use temporalio_workflow::{
    ChildWorkflowCancellationType, ChildWorkflowOptions, ParentClosePolicy, SignalWorkflowOptions,
    StartChildWorkflowExecutionFailedCause, WorkflowCancellationToken, WorkflowContext,
};

/// How a child ended, and how many bytes that was.
type Ended = (Result<Value, WorkflowError>, usize);

/// Children that were started, by the number of the request. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Children(Rc<RefCell<BTreeMap<u64, (Started, ParentClose)>>>);

/// A child that was started, and perhaps has ended.
enum Started {
    // Polled by whoever waits for it; all who wait are polled together.
    Running(LocalBoxFuture<'static, Ended>),
    Ended(Ended),
}

impl Children {
    /// How many have not ended, and would be ended if the workflow went on as a new run.
    pub(crate) fn running(&self) -> usize {
        let children = self.0.borrow();
        let ties = |(started, close): &&(Started, ParentClose)| {
            matches!(started, Started::Running(_)) && *close != ParentClose::Abandon
        };
        children.values().filter(ties).count()
    }

    /// Looks which of them have ended, whether or not anybody waits for it.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) {
        for (started, _) in self.0.borrow_mut().values_mut() {
            let _ = started.poll(cx);
        }
    }
}

impl Started {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        if let Self::Running(result) = self {
            *self = Self::Ended(ready!(result.poll_unpin(cx)));
        }
        match self {
            Self::Ended(ended) => Poll::Ready(ended.clone()),
            Self::Running(_) => Poll::Pending,
        }
    }
}

/// The id of a child that was not given one: where it comes from, and what it is.
fn id_of<S: Scheduling>(context: &WorkflowContext<S>, workflow: &str, number: u64) -> String {
    let info = context.info();
    let run: String = info.first_execution_run_id().chars().take(8).collect();
    format!("{}/{workflow}-{number}-{run}", context.workflow_id())
}

/// Starts a child, and waits for its result.
pub(super) async fn run_child<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    sizes: Sizes,
    number: u64,
    call: ChildStart,
) -> Ended {
    match begin(&context, token, sizes, number, call).await {
        Ok((_, result)) => result.await,
        Err(error) => (Err(error), 0),
    }
}

/// Starts a child, and keeps it for whoever asks for its result.
pub(super) async fn start_child<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    sizes: Sizes,
    number: u64,
    call: ChildStart,
) -> (Result<(u64, String), WorkflowError>, usize) {
    let close = call.parent_close;
    match begin(&context, token, sizes, number, call).await {
        Ok((id, result)) => {
            let children = context.state(|state| state.children().clone());
            children.0.borrow_mut().insert(number, (Started::Running(result), close));
            (Ok((number, id)), 0)
        }
        Err(error) => (Err(error), 0),
    }
}

/// Waits for the result of a child that was started.
pub(super) async fn child_result<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    number: u64,
    id: String,
) -> Ended {
    let children = context.state(|state| state.children().clone());
    if !children.0.borrow().contains_key(&number) {
        let message = "it was started before this workflow continued as new; its result does not come here";
        return (Err(WorkflowError::Unreachable { id, message: message.to_owned() }), 0);
    }
    poll_fn(|cx| {
        if token.is_cancelled() {
            // The child is left alone, and nobody looks at this.
            return Poll::Ready((Err(WorkflowError::Cancelled { id: id.clone() }), 0));
        }
        children.0.borrow_mut().get_mut(&number).map_or(Poll::Pending, |(started, _)| started.poll(cx))
    })
    .await
}

async fn begin<S: Scheduling>(
    context: &WorkflowContext<S>,
    token: WorkflowCancellationToken,
    sizes: Sizes,
    number: u64,
    call: ChildStart,
) -> Result<(String, LocalBoxFuture<'static, Ended>), WorkflowError> {
    let ChildStart { workflow, id, input, task_queue, parent_close, mut attributes, .. } = call;
    let id = id.unwrap_or_else(|| id_of(context, &workflow, number));
    let input = input.and_then(|input| encode_within(sizes, "it is", &input));
    let input = input.map_err(|why| WorkflowError::Payload { id: id.clone(), message: format!("the input: {why}") })?;
    let refused = |message| WorkflowError::Options { id: id.clone(), message };
    if let Some(priority) = call.priority.filter(|priority| !(1..=5).contains(priority)) {
        return Err(refused(format!("a priority is from 1 to 5, and not {priority}")));
    }
    let checked =
        attributes.iter().try_for_each(|(name, value)| SearchValue::check_name(name).and_then(|()| value.check(name)));
    checked.map_err(refused)?;
    if let Some((mark, value)) = Marks::of_child(&context.search_attributes()) {
        attributes.insert(mark.to_owned(), value.into());
    }
    let attributes = search::encode(&attributes).map_err(refused)?;
    let priority = call.priority.map(|key| Priority::builder().priority_key(key.into()).build());
    let options = ChildWorkflowOptions::builder()
        .workflow_id(id.clone())
        .maybe_task_queue(task_queue)
        .cancellation_token(token)
        .cancel_type(ChildWorkflowCancellationType::TryCancel)
        .parent_close_policy(match parent_close {
            ParentClose::Terminate => ParentClosePolicy::Terminate,
            ParentClose::RequestCancel => ParentClosePolicy::RequestCancel,
            ParentClose::Abandon => ParentClosePolicy::Abandon,
        })
        .maybe_execution_timeout(call.execution_timeout)
        .maybe_run_timeout(call.run_timeout)
        .maybe_priority(priority)
        .maybe_search_attributes(Some(attributes).filter(|attributes| !attributes.is_empty()))
        .build();
    let started =
        context.start_child_workflow(UntypedWorkflow::new(workflow), RawValue::new(vec![input]), options).await;
    let started = started.map_err(|error| not_started(&id, error))?;
    let ended = {
        let id = id.clone();
        async move {
            match started.result().await {
                Ok(result) => {
                    let value = payload::decode(result.payloads.first()).map_err(|error| WorkflowError::Payload {
                        id,
                        message: format!("the result is not JSON: {error}"),
                    });
                    (value, size(sizes, &result))
                }
                Err(error) => (Err(not_well(id, error)), 0),
            }
        }
    };
    Ok((id, ended.boxed_local()))
}

fn not_started(id: &str, error: ChildWorkflowStartError) -> WorkflowError {
    let id = id.to_owned();
    match error {
        ChildWorkflowStartError::Cancelled(_) => WorkflowError::Cancelled { id },
        ChildWorkflowStartError::StartFailed {
            cause: StartChildWorkflowExecutionFailedCause::WorkflowAlreadyExists,
            ..
        } => WorkflowError::AlreadyRunning { id },
        other => WorkflowError::Server { id, message: other.to_string() },
    }
}

fn not_well(id: String, error: ChildWorkflowExecutionError) -> WorkflowError {
    match error {
        ChildWorkflowExecutionError::Failed(failure) => match failure.cause() {
            Some(IncomingError::Cancelled(_)) => WorkflowError::Cancelled { id },
            Some(IncomingError::Terminated(_)) => WorkflowError::Terminated { id },
            Some(IncomingError::Timeout(_)) => WorkflowError::TimedOut { id },
            Some(cause) => {
                let Failed { code, message, run } = Failed::of(cause);
                WorkflowError::Failed { id, code, message, run }
            }
            None => WorkflowError::Server { id, message: failure.failure().message.clone() },
        },
        other => WorkflowError::Payload { id, message: other.to_string() },
    }
}

/// Sends another workflow something.
pub(super) async fn send<S: Scheduling>(
    context: WorkflowContext<S>,
    token: WorkflowCancellationToken,
    sizes: Sizes,
    outgoing: Outgoing,
) -> (Result<(), WorkflowError>, usize) {
    let Outgoing { id, what } = outgoing;
    let other = context.external_workflow(id.clone(), None);
    let sent = match what {
        Sending::Cancel => other.cancel(None).await.map_err(|_| WorkflowError::NotFound { id }),
        Sending::Signal { name, payload } => match encode_within(sizes, "it is", &payload) {
            Err(why) => Err(WorkflowError::Payload { id, message: format!("signal `{name}`: {why}") }),
            Ok(payload) => {
                let options = SignalWorkflowOptions::builder().cancellation_token(token).build();
                let signal = UntypedSignal::<UntypedWorkflow>::new(name);
                let sent = other.signal(signal, RawValue::new(vec![payload]), options).await;
                sent.map_err(|error| match error {
                    WorkflowSignalError::NotFound(_) => WorkflowError::NotFound { id },
                    other => WorkflowError::Server { id, message: other.to_string() },
                })
            }
        },
    };
    (sent, 0)
}
