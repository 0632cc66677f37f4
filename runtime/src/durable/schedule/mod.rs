//! Where a request of a workflow becomes a command to Temporal: an activity, a timer, or a wait for a signal.

mod child;
mod model_call;
mod tool_call;
mod waits;

use super::{
    Site,
    adapter::{Begun, Carrying},
    approvals::Approvals,
    desk::{Answered, Reply, Request, Waiting, What},
    inbox::Inbox,
    limits::{LONGEST_SLEEP, MAX_LOCAL_ANSWER, MAX_LOCAL_RESULT, MAX_WHOLE, MOMENT},
    payload,
    prompt::OpenCalls,
    sizes::Sizes,
    streamed::Log,
};
use crate::effects::{Entered, Sending, SoFar};
use child::{child_result, run_child, send, start_child};
use futures::{FutureExt, future::LocalBoxFuture};
use serde::Serialize;
use serde_json::Value;
use std::{future::Future, sync::Arc, time::SystemTime};
use temporalio_common::{
    Priority, UntypedActivity, data_converters::RawValue, error::ActivityExecutionError,
    protos::temporal::api::common::v1::Payload,
};
use temporalio_workflow::{
    ActivityOptions, LocalActivityOptions, TimerOptions, WorkflowCancellationToken, WorkflowContext,
};
use waits::{arrival, decided};

pub(crate) use child::Children;
pub(crate) use model_call::{call_model, prompt_of};
pub(crate) use tool_call::{call_tool, encode_tool_input};
pub(crate) use waits::{called_off, never, sleep};

/// The state of a workflow, as far as its commands are concerned.
pub(crate) trait Scheduling: 'static {
    fn site(&self) -> &Arc<Site>;
    fn inbox(&self) -> &Inbox;
    fn open_calls(&self) -> &OpenCalls;
    fn approvals(&self) -> &Approvals;
    fn log(&self) -> &Log;
    fn children(&self) -> &Children;
}

/// What a command needs of the workflow that gives it.
pub(crate) trait Commands: Clone + 'static {
    fn workflow_id(&self) -> &str;
    fn log(&self) -> Log;
    fn open_calls(&self) -> OpenCalls;
    fn timer(&self, options: TimerOptions) -> LocalBoxFuture<'static, ()>;
    fn execute_activity(
        &self,
        activity: UntypedActivity,
        input: RawValue,
        options: ActivityOptions,
    ) -> LocalBoxFuture<'static, Executed>;
    fn execute_local_activity(
        &self,
        activity: UntypedActivity,
        input: RawValue,
        options: LocalActivityOptions,
    ) -> LocalBoxFuture<'static, Executed>;
}

/// What comes of an activity.
type Executed = Result<RawValue, ActivityExecutionError>;

impl<S: Scheduling> Commands for WorkflowContext<S> {
    fn workflow_id(&self) -> &str {
        Self::workflow_id(self)
    }

    fn log(&self) -> Log {
        self.state(|state| state.log().clone())
    }

    fn open_calls(&self) -> OpenCalls {
        self.state(|state| state.open_calls().clone())
    }

    fn timer(&self, options: TimerOptions) -> LocalBoxFuture<'static, ()> {
        let context = self.clone();
        async move {
            Self::timer(&context, options).await;
        }
        .boxed_local()
    }

    fn execute_activity(
        &self,
        activity: UntypedActivity,
        input: RawValue,
        options: ActivityOptions,
    ) -> LocalBoxFuture<'static, Executed> {
        let context = self.clone();
        async move { Self::execute_activity(&context, activity, input, options).await }.boxed_local()
    }

    fn execute_local_activity(
        &self,
        activity: UntypedActivity,
        input: RawValue,
        options: LocalActivityOptions,
    ) -> LocalBoxFuture<'static, Executed> {
        let context = self.clone();
        async move { Self::execute_local_activity(&context, activity, input, options).await }.boxed_local()
    }
}

/// Begins what was asked for.
pub(crate) fn begin<S: Scheduling>(context: &WorkflowContext<S>, request: Request) -> Begun {
    let site = context.state(|state| Arc::clone(state.site()));
    // Of the request's own. It does not go with the workflow: the code may go on after that is cancelled, and when it is
    // dropped, everything is cancelled that it waits for.
    let token = WorkflowCancellationToken::new();
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
            let work = call_tool(context, token, site, call.tool, call.set, input);
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
            // What has no number is a run's deadline.
            let carrying = if request.number.is_some() { Carrying::Waited(end) } else { Carrying::Deadline };
            answered(reply, 0, carrying, sleep(context, token, duration), cancel)
        }
        What::Signal(name, reply) => answered(reply, 0, Carrying::Waited(None), arrival(context, token, name), cancel),
        What::Child(call, reply) => {
            let sizes = site.sizes();
            let bytes = bytes_of(sizes, call.input.as_ref().ok());
            let number = request.number.unwrap_or_default();
            let work = run_child(context, token, sizes, number, *call);
            answered(reply, bytes, Carrying::Child, work, cancel)
        }
        What::StartChild(call, reply) => {
            let sizes = site.sizes();
            let bytes = bytes_of(sizes, call.input.as_ref().ok());
            let number = request.number.unwrap_or_default();
            // Whoever has asked for a start cancels the child by its handle; what goes with the token is the start alone.
            let work = start_child(context, WorkflowCancellationToken::new(), sizes, number, *call);
            answered(reply, bytes, Carrying::Child, work, cancel)
        }
        What::ChildResult((number, id), reply) => {
            answered(reply, 0, Carrying::Child, child_result(context, token, number, id), cancel)
        }
        What::Send(outgoing, reply) => {
            let bytes = match &outgoing.what {
                Sending::Signal { payload, .. } => bytes_of(site.sizes(), Some(payload)),
                Sending::Cancel => 0,
            };
            answered(reply, bytes, Carrying::Child, send(context, token, site.sizes(), outgoing), cancel)
        }
        What::State(reply) => answered(reply, 0, Carrying::Waited(None), never(token), cancel),
        What::StartOver(state, reply) => answered(reply, 0, Carrying::StartOver(state), never(token), cancel),
        What::Anew(next, reply) => answered(reply, 0, Carrying::Anew(next), never(token), cancel),
        What::Cancelled(reply) => {
            answered(reply, 0, Carrying::Waited(None), called_off(context.cancellation_token(), token), cancel)
        }
        // Asked and answered while the workflow catches up; then there is nothing that could be in progress.
        What::Run(reply) => {
            let entered = Entered { number: request.number.unwrap_or_default(), so_far: SoFar::Nothing };
            answered(reply, 0, Carrying::AskedAgain, std::future::ready((entered, 0)), cancel)
        }
    }
}

/// Begins a wait that is over at once: in the next task.
pub(crate) fn pause<C: Commands>(context: &C, token: WorkflowCancellationToken) -> Begun {
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

/// Nothing that is waited for.
pub(crate) fn nothing() -> Begun {
    Begun {
        work: std::future::pending().boxed_local(),
        bytes: 0,
        local: None,
        is_pause: false,
        was_pending: false,
        waiting: Waiting::for_ever(),
        carrying: Carrying::Waited(None),
        cancel: Box::new(|| ()),
    }
}

/// Delivers what `work` comes to.
pub(crate) fn answered<T: Answered + 'static>(
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

/// How many bytes of payload a task sends with this. What is over the limit is refused when it is begun, and not sent.
fn bytes_of(sizes: Sizes, value: Option<&Value>) -> usize {
    let bytes = value.map_or(0, |value| value.to_string().len());
    if bytes > sizes.most { 0 } else { sizes.recorded(bytes) }
}

/// What has no other priority inherits that of its workflow, and so does what this one leaves open.
fn priority_of(key: u32) -> Priority {
    Priority::builder().priority_key(key).build()
}

/// Bytes of payload, as they are recorded.
fn size(sizes: Sizes, value: &RawValue) -> usize {
    value.payloads.iter().map(|payload| sizes.recorded(payload.data.len())).sum()
}

/// Writes an input, unless the server would not take it.
fn encode_within<T: Serialize>(sizes: Sizes, it_is: &str, value: &T) -> Result<Payload, String> {
    let payload = payload::encode(value).map_err(|error| error.to_string())?;
    sizes.check(it_is, payload.data.len())?;
    Ok(payload)
}
