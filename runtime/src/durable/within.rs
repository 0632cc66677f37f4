//! Agents and tools in a workflow that was written for Temporal's own SDK: the adapter inside another's workflow.

use super::{
    ByReference, Site,
    adapter::{Adapter, Again, Begun, Carrying, Decoy, Ended, Host},
    desk::{Answered, Reply, Request, What},
    effects::Shared,
    failure,
    hosted::info_of,
    inbox::Inbox,
    journal::{Journal, Past},
    limits::{LONGEST_SLEEP, MAX_LOCAL_ANSWER, MAX_LOCAL_RESULT, MAX_WHOLE},
    noted,
    patches::{Asks, Patches},
    prompt::OpenCalls,
    schedule::{self, Commands},
    streamed::Log,
    updates::Updates,
};
use crate::{
    Error, Result, WorkflowError,
    effects::{Entered, Noted, SoFar},
    workflow::handlers::MessageNames,
};
use futures::{FutureExt, future::LocalBoxFuture};
use std::{future::Future, rc::Rc, sync::Arc, task::Context, time::SystemTime};
use temporalio_common::{UntypedActivity, data_converters::RawValue, error::ActivityExecutionError};
use temporalio_sdk::workflow_interceptors::{
    ExecuteWorkflowInput, ExecuteWorkflowResult, HandleSignalInput, HandleSignalResult, HandleUpdateInput,
    HandleUpdateResult, WorkflowInterceptor, WorkflowInterceptorContext, WorkflowInterceptorFuture, WorkflowNext,
};
use temporalio_workflow::{
    ActivityOptions, LocalActivityOptions, TimerOptions, WorkflowCancellationToken, WorkflowContext,
    WorkflowContextKey, WorkflowTermination,
};

/// Runs agents and tools in a workflow that is written with Temporal's own SDK, as `#[workflow]` would: each model call and
/// each tool call is an activity of that workflow.
///
/// ```no_run
/// use steadfast::{prelude::*, temporal};
/// use temporalio_macros::{workflow, workflow_methods};
/// use temporalio_sdk::{WorkflowContext, WorkflowResult};
///
/// #[agent(model = "gpt-5.6-luna", instructions = "You plan trips.")]
/// struct Planner;
///
/// #[workflow]
/// #[derive(Default)]
/// struct Trip;
///
/// #[workflow_methods]
/// impl Trip {
///     #[run]
///     async fn run(context: &mut WorkflowContext<Self>, wish: String) -> WorkflowResult<String> {
///         let run = temporal::within(context, async move { Planner.run(wish).await }).await?;
///         Ok(run.output)
///     }
/// }
/// ```
///
/// The worker has the app's [`Plugin`](super::Plugin), and the app knows the agents and tools (`.agent::<Planner>()`).
///
/// # Limits
///
/// What a workflow of this crate does by handlers of its own cannot be done in another's:
///
/// - Each model call is sent its whole conversation, since the workflow has no query by which a worker could ask for it. The
///   history grows with the square of the turns, and a conversation may have 2 MiB. A long one is better off in an agent or a
///   workflow of this crate, started as a child: [`definition`](crate::temporal::definition).
/// - It does not continue as new by itself.
/// - A call that has to be approved interrupts the run, as it does without a server: `error.into_interrupted()`, to be gone
///   on with by `resume` once the workflow has heard of the decision, by a signal of its own.
/// - `workflow::signal` fails the task: the workflow's signals are its own. Streamed runs show nothing outside of it.
///
/// # Errors
/// The future's own; when the plugin is not on the worker; when the workflow was cancelled, and when its history is full.
pub async fn within<W: 'static, T, E>(
    context: &WorkflowContext<W>,
    code: impl Future<Output = Result<T, E>> + Send + 'static,
) -> Result<T>
where
    Error: From<E>,
{
    let site = context.context_value::<Installed>().ok_or_else(|| Error::other(Ending::NoPlugin))?;
    let (site, log) = (Arc::clone(&site), Log::default());
    let seed = context.random_stream("steadfast").random();
    let updates = Updates::default();
    let inbox = Inbox::of(MessageNames::NONE, updates.clone());
    let (patches, journal) = (Patches::default(), Journal::default());
    let shared = Shared::alone(Shared::new(seed, inbox, updates, patches, journal, log.clone(), &site.registry));
    shared.set_info(info_of(&context.info()));
    let guest = Guest { context: context.clone(), site, log };
    match Adapter::new(guest, Arc::new(shared), None, code).await {
        Ended::Returned(returned) => Ok(returned?),
        Ended::Cancelled => Err(Error::other(Ending::Cancelled)),
        Ended::Continued(_) | Ended::Anew(..) => Err(Error::other(Ending::Full)),
    }
}

/// Why code in another's workflow has no result of its own.
#[derive(Debug, thiserror::Error)]
enum Ending {
    #[error(
        "this worker knows no app, so nobody would make the calls; add `.worker_plugin(app.plugin()?)` to its options, or \
         `.plugin(app.plugin()?)` to those of its client"
    )]
    NoPlugin,
    #[error("the workflow was cancelled")]
    Cancelled,
    #[error(
        "the history of the workflow is full of conversations; run the agent in a workflow of its own, which continues as new"
    )]
    Full,
}

/// So that `?` ends a workflow of the SDK with a typed failure that is not tried again; a run that failed is in its details.
impl From<Error> for WorkflowTermination {
    fn from(error: Error) -> Self {
        if let Error::Other(other) = &error
            && matches!(other.downcast_ref(), Some(Ending::Cancelled))
        {
            return Self::cancelled();
        }
        failure::of_workflow(error.into()).into()
    }
}

/// Under what the plugin leaves the app for workflows to find.
struct Installed;

impl WorkflowContextKey for Installed {
    type Value = Arc<Site>;
}

/// Leaves the app in the context of each workflow of a worker, and of its handlers.
#[derive(Clone)]
pub(super) struct Installs(Arc<Site>);

impl Installs {
    /// The same app, but for its conversations: all of them are sent whole.
    pub(super) fn of(site: &Site) -> Self {
        let by_reference = ByReference { over: usize::MAX, cache: 0, ..site.by_reference };
        Self(Site::new(Arc::clone(&site.registry), by_reference, site.blobs.clone()))
    }
}

impl WorkflowInterceptor for Installs {
    fn execute<'a>(
        &'a self,
        context: WorkflowInterceptorContext,
        input: ExecuteWorkflowInput,
        next: WorkflowNext<'a, ExecuteWorkflowInput, WorkflowInterceptorFuture<'a, ExecuteWorkflowResult>>,
    ) -> WorkflowInterceptorFuture<'a, ExecuteWorkflowResult> {
        let site = Arc::clone(&self.0);
        WorkflowInterceptorFuture::new(async move {
            context.with_context_value::<Installed, _>(site, next.run(input)).await
        })
    }

    fn handle_signal<'a>(
        &'a self,
        context: WorkflowInterceptorContext,
        input: HandleSignalInput,
        next: WorkflowNext<'a, HandleSignalInput, WorkflowInterceptorFuture<'a, HandleSignalResult>>,
    ) -> WorkflowInterceptorFuture<'a, HandleSignalResult> {
        let site = Arc::clone(&self.0);
        WorkflowInterceptorFuture::new(async move {
            context.with_context_value::<Installed, _>(site, next.run(input)).await
        })
    }

    fn handle_update<'a>(
        &'a self,
        context: WorkflowInterceptorContext,
        input: HandleUpdateInput,
        next: WorkflowNext<'a, HandleUpdateInput, WorkflowInterceptorFuture<'a, HandleUpdateResult>>,
    ) -> WorkflowInterceptorFuture<'a, HandleUpdateResult> {
        let site = Arc::clone(&self.0);
        WorkflowInterceptorFuture::new(async move {
            context.with_context_value::<Installed, _>(site, next.run(input)).await
        })
    }
}

/// Another's workflow, as the adapter sees it.
struct Guest<W> {
    context: WorkflowContext<W>,
    site: Arc<Site>,
    log: Log,
}

impl<W> Clone for Guest<W> {
    fn clone(&self) -> Self {
        Self { context: self.context.clone(), site: Arc::clone(&self.site), log: self.log.clone() }
    }
}

impl<W: 'static> Commands for Guest<W> {
    fn workflow_id(&self) -> &str {
        self.context.workflow_id()
    }

    fn log(&self) -> Log {
        self.log.clone()
    }

    fn open_calls(&self) -> OpenCalls {
        // Nobody can ask for them.
        OpenCalls::default()
    }

    fn timer(&self, options: TimerOptions) -> LocalBoxFuture<'static, ()> {
        let context = self.context.clone();
        async move {
            context.timer(options).await;
        }
        .boxed_local()
    }

    fn execute_activity(
        &self,
        activity: UntypedActivity,
        input: RawValue,
        options: ActivityOptions,
    ) -> LocalBoxFuture<'static, Result<RawValue, ActivityExecutionError>> {
        let context = self.context.clone();
        async move { context.execute_activity(activity, input, options).await }.boxed_local()
    }

    fn execute_local_activity(
        &self,
        activity: UntypedActivity,
        input: RawValue,
        options: LocalActivityOptions,
    ) -> LocalBoxFuture<'static, Result<RawValue, ActivityExecutionError>> {
        let context = self.context.clone();
        async move { context.execute_local_activity(activity, input, options).await }.boxed_local()
    }
}

impl<W: 'static> Host for Guest<W> {
    fn time(&self) -> SystemTime {
        self.context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    fn is_replaying(&self) -> bool {
        self.context.is_replaying()
    }

    fn events(&self) -> u32 {
        // The history is not ours to end.
        0
    }

    fn begin(&self, request: Request) -> Begun {
        // Of the request's own: what nobody waits for any more is cancelled by the adapter.
        let token = WorkflowCancellationToken::new();
        let cancel = token.clone();
        let (guest, site) = (self.clone(), Arc::clone(&self.site));
        match request.what {
            What::Model(asked, reply) => {
                let (call, at) = *asked;
                let prompt = schedule::prompt_of(&call);
                // All of it goes along; what is over the limit is refused, and not sent.
                let whole = prompt.bytes().max(MAX_WHOLE);
                let sizes = site.sizes();
                let bytes = if call.local || whole > sizes.most { 0 } else { sizes.recorded(whole) };
                let local = call.local.then_some(MAX_LOCAL_ANSWER);
                let work = schedule::call_model(guest, token, site, call, prompt);
                // At a boundary the history may be full: then that is said.
                let carrying = at.map_or(Carrying::Finished, Carrying::Boundary);
                Begun { local, ..schedule::answered(reply, bytes, carrying, work, cancel) }
            }
            What::Tool(call, reply) => {
                let input = schedule::encode_tool_input(&site, &call);
                let is_local = call.tool.options().local;
                let bytes = if is_local {
                    0
                } else {
                    input.iter().flatten().map(|payload| site.sizes().recorded(payload.data.len())).sum()
                };
                let work = schedule::call_tool(guest, token, site, call.tool, call.set, input);
                let local = is_local.then_some(MAX_LOCAL_RESULT);
                Begun { local, ..schedule::answered(reply, bytes, Carrying::Finished, work, cancel) }
            }
            What::Sleep(duration, reply) => {
                let work = schedule::sleep(guest, token, duration.min(LONGEST_SLEEP));
                schedule::answered(reply, 0, Carrying::Finished, work, cancel)
            }
            What::Run(reply) => {
                let entered = Entered { number: request.number.unwrap_or_default(), so_far: SoFar::Nothing };
                schedule::answered(reply, 0, Carrying::Finished, std::future::ready((entered, 0)), cancel)
            }
            What::Signal(name, reply) => {
                self.fail_task(format!(
                    "`workflow::signal(\"{name}\")` cannot be heard within a workflow of Temporal's SDK, whose signals are its \
                     own; wait for it there"
                ));
                schedule::answered(reply, 0, Carrying::Finished, std::future::pending(), cancel)
            }
            What::Anew(_, reply) => {
                self.fail_task("a workflow of Temporal's SDK goes on as a new run by its own context".to_owned());
                schedule::answered(reply, 0, Carrying::Finished, std::future::pending(), cancel)
            }
            What::State(reply) | What::StartOver(_, reply) => {
                schedule::answered(reply, 0, Carrying::Waited(None), schedule::never(token), cancel)
            }
            What::Cancelled(reply) => {
                let work = schedule::called_off(self.context.cancellation_token(), token);
                schedule::answered(reply, 0, Carrying::Waited(None), work, cancel)
            }
            What::Child(call, reply) => refused(call.workflow, Err, reply, cancel),
            What::StartChild(call, reply) => refused(call.workflow, Err, reply, cancel),
            What::ChildResult((_, id), reply) => refused(id, Err, reply, cancel),
            What::Send(outgoing, reply) => refused(outgoing.id, Err, reply, cancel),
            // It is not asked for: `Shared::alone` has nobody to decide.
            What::Approval(_, reply) => {
                schedule::answered(reply, 0, Carrying::Finished, std::future::pending(), cancel)
            }
        }
    }

    fn pause(&self) -> Begun {
        schedule::pause(self, WorkflowCancellationToken::new())
    }

    /// The details of the workflow are its own.
    fn show(&self, _: String) {}

    fn note(&self, noted: Noted) {
        if let Err(error) = noted::write(&self.context, noted) {
            self.fail_task(format!("its memo cannot be written: {error}"));
        }
    }

    fn running_children(&self) -> usize {
        0
    }

    fn poll_children(&self, _: &mut Context<'_>) {}

    fn is_continuing_suggested(&self) -> bool {
        false
    }

    fn is_cancelled(&self) -> bool {
        self.context.cancellation_token().is_cancelled()
    }

    /// There are none: the workflow's messages are its own.
    fn tell_updates(&self) {}

    fn asks(&self) -> Asks {
        let context = self.context.clone();
        Rc::new(move |id, is_over| if is_over { context.deprecate_patch(id) } else { context.patched(id) })
    }

    /// Nobody but the workflow knows how to begin its code.
    fn again(&self, _: &Past) -> Option<Again> {
        None
    }

    /// Its code is polled together with the workflow's own.
    fn decoy(&self) -> Option<&Decoy> {
        None
    }

    fn began_with(&self) -> Option<serde_json::Value> {
        None
    }

    /// The search attributes of the workflow are its own.
    fn mark(&self, _: Option<String>) {}

    fn fail_task(&self, message: String) {
        self.context.force_task_fail(message);
    }
}

/// Other workflows are the business of the one that this is in.
fn refused<T>(
    id: String,
    answer: impl FnOnce(WorkflowError) -> T,
    reply: Reply<T>,
    cancel: WorkflowCancellationToken,
) -> Begun
where
    T: Answered + 'static,
{
    let message = "a workflow of Temporal's SDK starts and reaches others by its own context".to_owned();
    let answer = answer(WorkflowError::Unreachable { id, message });
    schedule::answered(reply, 0, Carrying::Finished, std::future::ready((answer, 0)), cancel)
}
