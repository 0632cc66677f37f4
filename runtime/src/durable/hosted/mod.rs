//! The bridge to Temporal's workflow traits: one implementation for every workflow, instead of generated code.

mod code;
mod context;
mod messages;

use super::{
    ByReference, Site,
    approvals::{Approvals, DECIDE},
    carried::Handover,
    inbox::{Arrival, Inbox},
    named, payload,
    prompt::OpenCalls,
    query,
    schedule::{Children, Scheduling},
    streamed::Log,
    updates::Updates,
};
use crate::workflow::{Served, Workflow};
#[cfg(feature = "temporal-sdk")]
pub(crate) use context::info_of;

use code::{Begins, begin, execute};
use futures::{FutureExt, future::LocalBoxFuture};
use messages::{accept, answer_of, decide, decision, value};
use serde_json::Value;
use std::{any::Any, cell::RefCell, collections::BTreeSet, marker::PhantomData, sync::Arc};
use temporalio_common::{
    WorkflowDefinition,
    data_converters::{PayloadConverter, RawValue},
    protos::temporal::api::common::v1::{Payload, Payloads},
};
use temporalio_workflow::{
    WorkflowContext, WorkflowContextView, WorkflowTermination,
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
    /// Which memos this run has changed.
    memo: RefCell<BTreeSet<String>>,
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
            memo: RefCell::default(),
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
        let answer = answer.and_then(|answer| {
            let answer = payload::encode(&answer)?;
            self.site.sizes().check("its answer is", answer.data.len())?;
            Ok(answer)
        });
        answer.map_err(|error| format!("query `{name}` of workflow `{workflow}`: {error}"))
    }
}
