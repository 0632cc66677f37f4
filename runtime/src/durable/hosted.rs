//! The bridge to Temporal's workflow traits: one implementation for every workflow, instead of generated code.

use super::{
    ByReference, Site,
    adapter::{Adapter, Again, Begun, Ended, Host},
    approvals::{Approvals, DECIDE},
    busy,
    carried::{self, Handover},
    desk::Request,
    effects::Shared,
    failure,
    inbox::{Arrival, Inbox},
    journal::{Journal, Past},
    marks::Marks,
    named,
    patches::{self, Asks, Patches},
    payload,
    prompt::OpenCalls,
    query,
    schedule::{self, Children, Scheduling},
    streamed::Log,
    updates::{Accepted, Updates},
};
use crate::{
    effects::{self, Effects},
    tool::Decision,
    workflow::{BoxError, Execution, Served, Workflow},
};
use futures::{FutureExt, future::LocalBoxFuture};
use serde_json::Value;
use std::{any::Any, cell::RefCell, future::poll_fn, marker::PhantomData, rc::Rc, sync::Arc, time::SystemTime};
use temporalio_common::{
    WorkflowDefinition,
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::common::v1::{Payload, Payloads},
};
use temporalio_workflow::{
    ContinueAsNewOptions, WaitConditionOptions, WorkflowCancellationToken, WorkflowContext, WorkflowContextView,
    WorkflowTermination,
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
    updates: Updates,
    children: Children,
    /// What the workflow itself answers, once it has begun.
    served: Option<Arc<dyn Served>>,
    /// What this run leaves to the next, where that does not fit into its input.
    left: Option<Vec<u8>>,
    workflow: PhantomData<fn() -> W>,
}

impl<W: Workflow> Hosted<W> {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        let updates = Updates::default();
        Self {
            site,
            inbox: Inbox::of(W::MESSAGES, updates.clone()),
            open_calls: OpenCalls::default(),
            approvals: Approvals::default(),
            log: Log::default(),
            updates,
            children: Children::default(),
            served: None,
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

    fn children(&self) -> &Children {
        &self.children
    }
}

/// The name and the payloads of a workflow. Payloads are taken raw, because what the SDK cannot decode it tries
/// again for ever, and a wrong input should fail the workflow with a message.
pub(crate) struct Definition<W>(PhantomData<fn() -> W>);

impl<W: Workflow> WorkflowDefinition for Definition<W> {
    type Input = RawValue;
    type Output = RawValue;

    fn name(&self) -> &str {
        named::or(W::NAME)
    }
}

impl<W: Workflow> WorkflowImplementation for Hosted<W> {
    type Run = Definition<W>;
    const HAS_INIT: bool = false;
    const INIT_TAKES_INPUT: bool = false;

    fn name() -> &'static str {
        named::or(W::NAME)
    }

    fn definition() -> WorkflowDefinitionDescriptor {
        // The SDK looks only updates up here.
        let updates = W::MESSAGES.updates.iter().copied().chain([DECIDE]);
        let update = |name: &str| UpdateDefinitionDescriptor { name: name.to_owned(), has_validator: true };
        WorkflowDefinitionDescriptor {
            workflow_type: Self::name().to_owned(),
            has_init: false,
            init_takes_input: false,
            signals: Vec::new(),
            queries: Vec::new(),
            updates: updates.map(update).collect(),
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
        let input = input.unwrap_or_default();
        // At once where that can be, so that the state is there before the first message.
        let begun = Handover::decode(input.payloads.get(1)).and_then(|handover| match handover {
            Some(handover) => Ok(Begins::After(handover)),
            None => begin(&context, &input, None).map(Begins::AtOnce),
        });
        execute(context, input, begun).boxed_local()
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
            context.state_mut(|hosted| hosted.inbox.put(Arrival::Signal(name.to_owned(), *value)));
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
        let answer =
            query::answer(&asked, name, &input).unwrap_or_else(|| self.ask(view.workflow_type(), name, &input));
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
        let input = input.downcast::<Vec<Payload>>().unwrap_or_default();
        let answer = if name == DECIDE {
            std::future::ready(decide(&context, &input)).boxed_local()
        } else {
            let accepted = accept(&context, name, &input);
            let name = name.to_owned();
            async move { answer_of(&context, &name, accepted?).await }.boxed_local()
        };
        answer
            .map(|answer| {
                let answer = answer.map_err(WorkflowError::Execution)?;
                Ok(Box::new(RawValue::new(vec![answer])) as Box<dyn WorkflowOutputValue>)
            })
            .boxed_local()
    }

    /// What is refused here leaves nothing in the history.
    fn validate_update(&self, _: WorkflowContextView, name: &str, input: Box<dyn Any>) -> Result<(), WorkflowError> {
        let input = input.downcast::<Vec<Payload>>().unwrap_or_default();
        let checked = if name == DECIDE {
            decision(&input).and_then(|decision| Ok(self.approvals.check(&decision)?))
        } else {
            value(&input).and_then(|input| match &self.served {
                Some(served) => served.validate(name, &input),
                // It is caught up with first, and validated before it is handled.
                None => Ok(()),
            })
        };
        checked.map_err(WorkflowError::Execution)
    }
}

impl<W: Workflow> Hosted<W> {
    /// Asks the workflow itself.
    fn ask(&self, workflow: &str, name: &str, input: &[Payload]) -> Result<Payload, String> {
        if !W::MESSAGES.queries.contains(&name) {
            let known = W::MESSAGES.queries.join("`, `");
            let known = if known.is_empty() { String::new() } else { format!("; it has `{known}`") };
            return Err(format!("workflow `{workflow}` has no query `{name}`{known}"));
        }
        let served = self.served.as_ref().ok_or("it has just continued as new, and is catching up; ask again")?;
        let answer = value(input).and_then(|input| served.query(name, input).unwrap_or(Ok(Value::Null)));
        let answer = answer.and_then(|answer| Ok(payload::encode(&answer)?));
        answer.map_err(|error| format!("query `{name}` of workflow `{workflow}`: {error}"))
    }
}

/// A payload, or nothing where none was sent.
fn value(input: &[Payload]) -> Result<Value, BoxError> {
    match input.first() {
        Some(_) => payload::decode(input.first()).map_err(|error| format!("its input is not JSON: {error}").into()),
        None => Ok(Value::Null),
    }
}

/// Reads what was decided about a call.
fn decision(input: &[Payload]) -> Result<Decision, BoxError> {
    payload::decode(input.first()).map_err(|error| format!("this is no decision: {error}").into())
}

/// Decides about a call.
fn decide<W: Workflow>(context: &WorkflowContext<Hosted<W>>, input: &[Payload]) -> Result<Payload, BoxError> {
    let now = context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH);
    let decision = decision(input)?;
    // Through the state, so that the SDK looks again at what waits for it.
    let decision = context.state_mut(|hosted| hosted.approvals.decide(decision, now))?;
    Ok(payload::encode(&decision)?)
}

/// Puts an update where the workflow's code will find it.
fn accept<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    name: &str,
    input: &[Payload],
) -> Result<Accepted, BoxError> {
    let input = value(input)?;
    Ok(context.state_mut(|hosted| {
        let accepted = hosted.updates.accept();
        hosted.inbox.put(Arrival::Update { update: name.to_owned(), input, number: Some(accepted.number) });
        accepted
    }))
}

/// Waits for what the workflow's code says to an update.
async fn answer_of<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    name: &str,
    accepted: Accepted,
) -> Result<Payload, BoxError> {
    // What a cancelled workflow still answers is to arrive.
    let options = WaitConditionOptions::builder().cancellation_token(WorkflowCancellationToken::new()).build();
    let _ = context.wait_condition_with_options(|_| accepted.is_answered(), options).await;
    let answer = payload::encode(&accepted.take().unwrap_or(Ok(Value::Null))?)?;
    let (bytes, limit) = (answer.data.len(), context.state(|hosted| hosted.site.sizes().most));
    if bytes > limit {
        return Err(
            format!("the answer to update `{name}` is {bytes} bytes, over the limit of {limit}; return less").into()
        );
    }
    Ok(answer)
}

/// A workflow's code, and what it shares with its adapter.
struct Code<W: Workflow> {
    shared: Arc<Shared>,
    execution: Execution<W>,
}

/// When a workflow's code begins.
enum Begins<W: Workflow> {
    AtOnce(Code<W>),
    /// When it is there what an earlier run has left.
    After(Handover),
}

/// Calls the workflow's function, whose code then runs when it is polled; `past` is what it is to catch up with.
fn begin<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    input: &RawValue,
    past: Option<&Past>,
) -> Result<Code<W>, WorkflowTermination> {
    let argument: W::Input = payload::decode(input.payloads.first()).map_err(|error| {
        let workflow = type_of(context);
        failure::own("InvalidInput", format!("workflow `{workflow}` cannot be started with this input: {error}"))
    })?;
    let (seed, journal) = match past {
        Some(past) => (past.seed, Journal::after(past.moments.clone())),
        None => (context.random_stream("steadfast").random(), Journal::default()),
    };
    let (site, inbox, log) =
        context.state(|hosted| (Arc::clone(&hosted.site), hosted.inbox.clone(), hosted.log.clone()));
    log.begin_at(past.map_or(0, |past| past.shown));
    let updates = context.state(|hosted| hosted.updates.clone());
    let (name, state) = (type_of(context), past.and_then(|past| past.state.clone()));
    let patches = Patches::of(past.map(|past| past.patches.clone()).unwrap_or_default());
    let shared = Arc::new(Shared::new(seed, inbox, updates, patches, journal, log, &site.registry));
    if site.registry.runs_again {
        shared.desk.take_notes();
    }
    shared.set_time(past.and_then(Past::began).or_else(|| context.workflow_time()).unwrap_or(SystemTime::UNIX_EPOCH));
    let ambient: Arc<dyn Effects> = Arc::<Shared>::clone(&shared);
    let execution =
        patches::asking(&asks(context), || effects::during(ambient, || W::execute_as(&name, argument, state)));
    let served = execution.served();
    context.state_mut(|hosted| hosted.served = served);
    Ok(Code { shared, execution })
}

async fn execute<W: Workflow>(
    context: WorkflowContext<Hosted<W>>,
    input: RawValue,
    begun: Result<Begins<W>, WorkflowTermination>,
) -> Result<Box<dyn WorkflowOutputValue>, WorkflowTermination> {
    let (Code { shared, execution }, past) = match begun? {
        Begins::AtOnce(code) => (code, None),
        Begins::After(handover) => {
            let page = context.state(|hosted| hosted.site.by_reference.page);
            let past = carried::receive(&context, page, handover).await?;
            (begin(&context, &input, Some(&past.0))?, Some(past))
        }
    };
    let site = context.state(|hosted| Arc::clone(&hosted.site));
    let log = shared.log.clone();
    let workflow_id = context.workflow_id().to_owned();
    let marks = RefCell::new(Marks::of(&context.search_attributes()));
    let began_with = past.as_ref().and_then(|(past, _)| past.state.clone());
    let host = InTemporal { context: context.clone(), marks, input: input.clone(), began_with };
    let mut adapter = Adapter::new(host, shared, past, execution);
    let name = type_of(&context);
    let ended = poll_fn(|cx| {
        let _watched = busy::watch(&name, &workflow_id);
        adapter.poll_unpin(cx)
    })
    .await;
    log.close();
    if !matches!(ended, Ended::Continued(_)) {
        site.prompts.forget(&workflow_id);
    }
    let returned = match ended {
        Ended::Returned(returned) => returned,
        Ended::Continued(past) => return continue_as_new(&context, input, past),
        Ended::Cancelled => return Err(WorkflowTermination::cancelled()),
    };
    let output = W::finish(returned).map_err(failure::end_of_workflow)?;
    let result = payload::encode(&output).map_err(|error| {
        let workflow = type_of(&context);
        failure::own("InvalidResult", format!("the result of workflow `{workflow}` does not serialise: {error}"))
    })?;
    let (bytes, limit) = (result.data.len(), site.sizes().most);
    if bytes > limit {
        let workflow = type_of(&context);
        let message =
            format!("the result of workflow `{workflow}` is {bytes} bytes, over the limit of {limit}; return less");
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
    let (handover, left) = carried::leave(&type_of(context), context.run_id(), past, &argument)?;
    context.state_mut(|hosted| hosted.left = left);
    let never = context.continue_as_new(RawValue::new(vec![argument, handover]), ContinueAsNewOptions::default())?;
    match never {}
}

/// The name that the workflow goes by.
fn type_of<W: Workflow>(context: &WorkflowContext<Hosted<W>>) -> String {
    context.info().workflow_type().to_owned()
}

/// How to ask for patches.
fn asks<W: Workflow>(context: &WorkflowContext<Hosted<W>>) -> Asks {
    let context = context.clone();
    Rc::new(move |id, is_over| if is_over { context.deprecate_patch(id) } else { context.patched(id) })
}

/// The adapter's view of a workflow's context.
struct InTemporal<W: Workflow> {
    context: WorkflowContext<Hosted<W>>,
    /// What the workflow was started with, and what an earlier run has left for its code to begin with.
    input: RawValue,
    began_with: Option<Value>,
    /// The workflow's search attributes, where it keeps some.
    marks: RefCell<Option<Marks>>,
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

    fn mark(&self, agent: Option<String>) {
        if let Some(marks) = &mut *self.marks.borrow_mut() {
            let awaits_approval = self.context.state(|hosted| hosted.approvals.are_awaited());
            let changed = marks.changed(awaits_approval, agent);
            if !changed.is_empty() {
                self.context.upsert_search_attributes(changed);
            }
        }
    }

    fn is_continuing_suggested(&self) -> bool {
        self.context.continue_as_new_suggested()
    }

    fn is_cancelled(&self) -> bool {
        self.context.cancellation_token().is_cancelled()
    }

    fn asks(&self) -> Asks {
        asks(&self.context)
    }

    fn again(&self, past: &Past) -> Option<Again> {
        let site = self.context.state(|hosted| Arc::clone(&hosted.site));
        let argument: W::Input = payload::decode(self.input.payloads.first()).ok()?;
        let (updates, log) = (Updates::default(), Log::default());
        let inbox = Inbox::of(W::MESSAGES, updates.clone());
        let journal = Journal::after(past.moments.clone());
        let patches = Patches::of(past.patches.clone());
        let shared = Arc::new(Shared::new(past.seed, inbox, updates, patches, journal, log, &site.registry));
        shared.set_time(past.began().unwrap_or(SystemTime::UNIX_EPOCH));
        let ambient: Arc<dyn Effects> = Arc::<Shared>::clone(&shared);
        let name = type_of(&self.context);
        let code = effects::during(ambient, || W::execute_as(&name, argument, past.state.clone()));
        Some((shared, code.map(drop).boxed()))
    }

    fn began_with(&self) -> Option<Value> {
        self.began_with.clone()
    }

    fn tell_updates(&self) {
        self.context.state_mut(|_| ());
    }

    fn fail_task(&self, message: String) {
        self.context.force_task_fail(format!("workflow `{}`: {message}", type_of(&self.context)));
    }
}
