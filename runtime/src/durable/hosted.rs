//! The bridge to Temporal's workflow traits: one implementation for every workflow, instead of generated code.

use super::{
    ByReference, Site,
    adapter::{Adapter, Begun, Ended, Host},
    approvals::{Approvals, DECIDE},
    carried::{self, Handover},
    desk::Request,
    effects::Shared,
    failure,
    inbox::Inbox,
    journal::{Journal, Past},
    payload,
    prompt::OpenCalls,
    query,
    schedule::{self, Scheduling},
    streamed::Log,
};
use crate::{tool::Decision, workflow::Workflow};
use futures::{FutureExt, future::LocalBoxFuture};
use serde_json::Value;
use std::{any::Any, marker::PhantomData, sync::Arc, time::SystemTime};
use temporalio_common::{
    WorkflowDefinition,
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::common::v1::{Payload, Payloads},
};
use temporalio_workflow::{
    ContinueAsNewOptions, WorkflowContext, WorkflowContextView, WorkflowTermination,
    workflow_interceptors::WorkflowOutputValue,
    workflows::{UpdateDefinitionDescriptor, WorkflowDefinitionDescriptor, WorkflowError, WorkflowImplementation},
};

/// A workflow of ours as Temporal's SDK sees it, and the state of one execution.
pub(crate) struct Hosted<W> {
    site: Arc<Site>,
    inbox: Inbox,
    open_calls: OpenCalls,
    approvals: Approvals,
    log: Log,
    /// What this run leaves to the next, where that does not fit into its input.
    left: Option<Vec<u8>>,
    workflow: PhantomData<fn() -> W>,
}

impl<W> Hosted<W> {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self {
            site,
            inbox: Inbox::default(),
            open_calls: OpenCalls::default(),
            approvals: Approvals::default(),
            log: Log::default(),
            left: None,
            workflow: PhantomData,
        }
    }
}

impl<W: 'static> Scheduling for Hosted<W> {
    fn site(&self) -> &Arc<Site> {
        &self.site
    }

    fn inbox(&self) -> &Inbox {
        &self.inbox
    }

    fn open_calls(&self) -> &OpenCalls {
        &self.open_calls
    }

    fn approvals(&self) -> &Approvals {
        &self.approvals
    }

    fn log(&self) -> &Log {
        &self.log
    }
}

/// The name and the payloads of a workflow. Payloads are taken raw, because what the SDK cannot decode it tries
/// again for ever, and a wrong input should fail the workflow with a message.
pub(crate) struct Definition<W>(PhantomData<fn() -> W>);

impl<W: Workflow> WorkflowDefinition for Definition<W> {
    type Input = RawValue;
    type Output = RawValue;

    fn name(&self) -> &str {
        W::NAME
    }
}

impl<W: Workflow> WorkflowImplementation for Hosted<W> {
    type Run = Definition<W>;
    const HAS_INIT: bool = false;
    const INIT_TAKES_INPUT: bool = false;

    fn name() -> &'static str {
        W::NAME
    }

    fn definition() -> WorkflowDefinitionDescriptor {
        WorkflowDefinitionDescriptor {
            workflow_type: W::NAME.to_owned(),
            has_init: false,
            init_takes_input: false,
            signals: Vec::new(),
            queries: Vec::new(),
            updates: vec![UpdateDefinitionDescriptor { name: DECIDE.to_owned(), has_validator: true }],
        }
    }

    fn init(_: WorkflowContextView, _: Option<RawValue>) -> Self {
        // Never called: workers and replayers make this type with a factory, which knows the registry.
        Self::new(Site::new(Arc::default(), ByReference::default(), None))
    }

    fn run(
        context: WorkflowContext<Self>,
        input: Option<RawValue>,
    ) -> LocalBoxFuture<'static, Result<Box<dyn WorkflowOutputValue>, WorkflowTermination>> {
        execute(context, input.unwrap_or_default()).boxed_local()
    }

    fn decode_signal_input(
        name: &str,
        payloads: Payloads,
        _: &PayloadConverter,
    ) -> Result<Option<Box<dyn Any>>, WorkflowError> {
        match payload::decode::<Value>(payloads.payloads.first()) {
            Ok(value) => Ok(Some(Box::new(value))),
            Err(error) => {
                // A signal cannot be refused, and failing the task would only meet it again.
                tracing::warn!(signal = name, %error, "ignored a signal whose payload is not JSON");
                Ok(None)
            }
        }
    }

    fn dispatch_signal(
        context: WorkflowContext<Self>,
        name: &str,
        input: Box<dyn Any>,
    ) -> LocalBoxFuture<'static, Result<(), WorkflowError>> {
        if let Ok(value) = input.downcast::<Value>() {
            context.state_mut(|hosted| hosted.inbox.put(name, *value));
        }
        std::future::ready(Ok(())).boxed_local()
    }

    fn decode_query_input(
        _: &str,
        payloads: &Payloads,
        _: &PayloadConverter,
    ) -> Result<Option<Box<dyn Any>>, WorkflowError> {
        Ok(Some(Box::new(payloads.payloads.clone())))
    }

    fn dispatch_query(
        &self,
        view: WorkflowContextView,
        name: &str,
        input: Box<dyn Any>,
    ) -> Result<Box<dyn WorkflowOutputValue>, WorkflowError> {
        let input = input.downcast::<Vec<Payload>>().unwrap_or_default();
        let asked = query::Asked {
            open: &self.open_calls,
            approvals: &self.approvals,
            log: &self.log,
            left: self.left.as_deref(),
            before: view.continued_from_run_id(),
        };
        let answer = query::answer(&asked, name, &input)
            .unwrap_or_else(|| Err(format!("workflow `{}` has no query `{name}`", W::NAME)));
        let answer = answer.map_err(|message| WorkflowError::Execution(message.into()))?;
        Ok(Box::new(RawValue::new(vec![answer])))
    }

    fn decode_update_input(
        _: &str,
        payloads: Payloads,
        _: &PayloadConverter,
    ) -> Result<Option<Box<dyn Any>>, WorkflowError> {
        Ok(Some(Box::new(payloads.payloads)))
    }

    fn dispatch_update(
        context: WorkflowContext<Self>,
        name: &str,
        input: Box<dyn Any>,
    ) -> LocalBoxFuture<'static, Result<Box<dyn WorkflowOutputValue>, WorkflowError>> {
        let now = context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
        // Through the state, so that the SDK looks again at what waits for it.
        let decided = decision::<W>(name, input)
            .and_then(|decision| {
                context.state_mut(|hosted| hosted.approvals.decide(decision, now).map_err(|error| error.to_string()))
            })
            .and_then(|decision| payload::encode(&decision).map_err(|error| error.to_string()))
            .map(|answer| Box::new(RawValue::new(vec![answer])) as Box<dyn WorkflowOutputValue>)
            .map_err(|message| WorkflowError::Execution(message.into()));
        std::future::ready(decided).boxed_local()
    }

    /// What is refused here leaves nothing in the history.
    fn validate_update(&self, _: WorkflowContextView, name: &str, input: Box<dyn Any>) -> Result<(), WorkflowError> {
        let checked = decision::<W>(name, input)
            .and_then(|decision| self.approvals.check(&decision).map_err(|error| error.to_string()));
        checked.map_err(|message| WorkflowError::Execution(message.into()))
    }
}

/// Reads an update: there is one.
fn decision<W: Workflow>(name: &str, input: Box<dyn Any>) -> Result<Decision, String> {
    if name != DECIDE {
        return Err(format!("workflow `{}` has no update `{name}`", W::NAME));
    }
    let input = input.downcast::<Vec<Payload>>().unwrap_or_default();
    payload::decode(input.first()).map_err(|error| format!("this is no decision: {error}"))
}

async fn execute<W: Workflow>(
    context: WorkflowContext<Hosted<W>>,
    input: RawValue,
) -> Result<Box<dyn WorkflowOutputValue>, WorkflowTermination> {
    let invalid = |error: serde_json::Error| {
        failure::own("InvalidInput", format!("workflow `{}` cannot be started with this input: {error}", W::NAME))
    };
    let argument: W::Input = payload::decode(input.payloads.first()).map_err(invalid)?;
    let handover = Handover::decode(input.payloads.get(1))?;
    let page = context.state(|hosted| hosted.site.by_reference.page);
    let past = match handover {
        Some(handover) => Some(carried::receive(&context, page, handover).await?),
        None => None,
    };
    let inbox = context.state(|hosted| hosted.inbox.clone());
    let site = context.state(|hosted| Arc::clone(&hosted.site));
    let (seed, journal) = match &past {
        Some((past, _)) => (past.seed, Journal::after(past.moments.clone())),
        None => (context.random_stream("steadfast").random(), Journal::default()),
    };
    let log = context.state(|hosted| hosted.log.clone());
    log.begin_at(past.as_ref().map_or(0, |(past, _)| past.shown));
    let shared = Shared::new(seed, inbox, journal, log.clone(), &site.registry);
    let workflow_id = context.workflow_id().to_owned();
    let host = InTemporal { context: context.clone() };
    let code = async move { W::execute(argument).await };
    let ended = Adapter::new(host, Arc::new(shared), past, code).await;
    log.close();
    if !matches!(ended, Ended::Continued(_)) {
        site.prompts.forget(&workflow_id);
    }
    let returned = match ended {
        Ended::Returned(returned) => returned,
        Ended::Continued(past) => return continue_as_new(&context, input, past),
        Ended::Cancelled => return Err(WorkflowTermination::cancelled()),
    };
    let output = W::finish(returned).map_err(failure::of_workflow)?;
    let result = payload::encode(&output).map_err(|error| {
        failure::own("InvalidResult", format!("the result of workflow `{}` does not serialise: {error}", W::NAME))
    })?;
    let (bytes, limit) = (result.data.len(), site.sizes().most);
    if bytes > limit {
        let message =
            format!("the result of workflow `{}` is {bytes} bytes, over the limit of {limit}; return less", W::NAME);
        return Err(failure::own("ResultTooLarge", message).into());
    }
    Ok(Box::new(RawValue::new(vec![result])))
}

/// Ends this run, and begins the next with the same input and everything that has happened.
fn continue_as_new<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    input: RawValue,
    past: Past,
) -> Result<Box<dyn WorkflowOutputValue>, WorkflowTermination> {
    let argument = input.payloads.into_iter().next().unwrap_or_default();
    let (handover, left) = carried::leave(W::NAME, context.run_id(), past, &argument)?;
    context.state_mut(|hosted| hosted.left = left);
    let never = context.continue_as_new(RawValue::new(vec![argument, handover]), ContinueAsNewOptions::default())?;
    match never {}
}

/// The adapter's view of a workflow's context.
struct InTemporal<W: Workflow> {
    context: WorkflowContext<Hosted<W>>,
}

impl<W: Workflow> Host for InTemporal<W> {
    fn time(&self) -> SystemTime {
        self.context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    fn is_replaying(&self) -> bool {
        self.context.is_replaying()
    }

    fn events(&self) -> u32 {
        self.context.history_length()
    }

    fn begin(&self, request: Request) -> Begun {
        schedule::begin(&self.context, request)
    }

    fn pause(&self) -> Begun {
        schedule::pause(&self.context, self.context.cancellation_token().child_token())
    }

    fn show(&self, progress: String) {
        self.context.set_current_details(progress);
    }

    fn is_continuing_suggested(&self) -> bool {
        self.context.continue_as_new_suggested()
    }

    fn is_cancelled(&self) -> bool {
        self.context.cancellation_token().is_cancelled()
    }

    fn fail_task(&self, message: String) {
        self.context.force_task_fail(format!("workflow `{}`: {message}", W::NAME));
    }
}
