//! A workflow's code, from its beginning to its end.

use super::{
    Hosted,
    context::{InTemporal, asks, info_of, type_of},
};
use crate::{
    durable::{
        Site,
        adapter::{Adapter, Ended},
        busy,
        carried::{self, Handover},
        effects::Shared,
        failure,
        inbox::Inbox,
        journal::{Journal, Past},
        patches::{self, Patches},
        payload,
        streamed::Log,
        updates::Updates,
    },
    effects::{self, Anew, Effects},
    workflow::{Execution, Workflow},
};
use futures::FutureExt;
use serde_json::Value;
use std::{future::poll_fn, sync::Arc, time::SystemTime};
use temporalio_common::{MemoValues, data_converters::RawValue, protos::temporal::api::common::v1::Payload};
use temporalio_workflow::{
    ContinueAsNewOptions, WorkflowContext, WorkflowTermination, workflow_interceptors::WorkflowOutputValue,
};

/// A workflow's code, and what it shares with its adapter.
pub(super) struct Code<W: Workflow> {
    pub(super) shared: Arc<Shared>,
    pub(super) execution: Execution<W>,
}

/// When a workflow's code begins.
pub(super) enum Begins<W: Workflow> {
    AtOnce(Code<W>),
    /// When it is there what an earlier run has left.
    After(Handover),
}

/// Calls the workflow's function, whose code then runs when it is polled; `past` is what it is to catch up with.
pub(super) fn begin<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    input: &RawValue,
    past: Option<&Past>,
) -> Result<Code<W>, WorkflowTermination> {
    let argument: W::Input = payload::decode(input.payloads.first()).map_err(|error| {
        let workflow = type_of(context);
        failure::own("InvalidInput", format!("workflow `{workflow}` cannot be started with this input: {error}"))
    })?;
    let (inbox, updates, log) =
        context.state(|hosted| (hosted.inbox.clone(), hosted.updates.clone(), hosted.log.clone()));
    log.begin_at(past.map_or(0, |past| past.shown));
    let code = call(context, argument, past, (inbox, updates, log));
    let served = code.execution.served();
    context.state_mut(|hosted| hosted.served = served);
    Ok(code)
}

/// The same once more, for a copy that nothing is sent to.
pub(super) fn copy<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    input: &RawValue,
    past: &Past,
) -> Option<Code<W>> {
    let argument: W::Input = payload::decode(input.payloads.first()).ok()?;
    let updates = Updates::default();
    let inbox = Inbox::of(W::MESSAGES, updates.clone());
    Some(call(context, argument, Some(past), (inbox, updates, Log::default())))
}

fn call<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    argument: W::Input,
    past: Option<&Past>,
    (inbox, updates, log): (Inbox, Updates, Log),
) -> Code<W> {
    let (seed, journal) = match past {
        Some(past) => (past.seed, Journal::after(past)),
        None => (context.random_stream("steadfast").random(), Journal::default()),
    };
    let registry = context.state(|hosted| Arc::clone(&hosted.site.registry));
    let (name, state) = (type_of(context), past.and_then(|past| past.state.clone()));
    let patches = Patches::of(past.map(|past| past.patches.clone()).unwrap_or_default());
    let shared = Arc::new(Shared::new(seed, inbox, updates, patches, journal, log, &registry));
    if registry.runs_again {
        shared.desk.take_notes();
    }
    shared.set_time(past.and_then(Past::began).or_else(|| context.workflow_time()).unwrap_or(SystemTime::UNIX_EPOCH));
    shared.set_info(info_of(&context.info()));
    let ambient: Arc<dyn Effects> = Arc::<Shared>::clone(&shared);
    let execution =
        patches::asking(&asks(context), || effects::during(ambient, || W::execute_as(&name, argument, state)));
    Code { shared, execution }
}

pub(super) async fn execute<W: Workflow>(
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
    let began_with = past.as_ref().and_then(|(past, _)| past.state.clone());
    let host = InTemporal::of(context.clone(), input.clone(), began_with);
    let heard = Arc::clone(&shared);
    let mut adapter = Adapter::new(host, shared, past, execution);
    let (worker, name) = (busy::Worker::of(&site), type_of(&context));
    let ended = poll_fn(|cx| {
        let _watched = busy::watch(worker, &name, &workflow_id);
        adapter.poll_unpin(cx)
    })
    .await;
    log.close();
    if !matches!(ended, Ended::Continued(_) | Ended::Anew(..)) {
        site.prompts.forget(&workflow_id);
    }
    let returned = match ended {
        Ended::Returned(returned) => returned,
        Ended::Continued(past) => {
            let argument = input.payloads.into_iter().next().unwrap_or_default();
            return continue_as_new(&context, argument, past, ContinueAsNewOptions::default());
        }
        Ended::Anew(next, past) => return begin_anew(&context, &site, next, past),
        Ended::Cancelled => return Err(WorkflowTermination::cancelled()),
    };
    let is_cancelled = context.cancellation_token().is_cancelled() || heard.has_heard();
    let output = W::finish(returned).map_err(|error| failure::end_of_workflow(error, is_cancelled))?;
    let result = payload::encode(&output).map_err(|error| {
        let workflow = type_of(&context);
        failure::own("InvalidResult", format!("the result of workflow `{workflow}` does not serialise: {error}"))
    })?;
    let checked = site.sizes().check(&format!("the result of workflow `{name}` is"), result.data.len());
    checked.map_err(|message| failure::own("ResultTooLarge", message))?;
    Ok(Box::new(RawValue::new(vec![result])))
}

/// Ends this run, and begins the next as its code has said.
fn begin_anew<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    site: &Site,
    next: Anew,
    past: Past,
) -> Result<Box<dyn WorkflowOutputValue>, WorkflowTermination> {
    let (is, next_is) = (type_of(context), next.workflow);
    let refused = |why: String| {
        failure::own("ContinueAsNew", format!("workflow `{is}` cannot go on as a new run of `{next_is}`: {why}"))
    };
    if next_is != is && !site.registry.workflows.contains(next_is) {
        return Err(refused("no worker of this app runs that; add `.workflow(..)` to the app".to_owned()).into());
    }
    let argument = next.input.make().and_then(|input| payload::encode(&input).map_err(|error| error.to_string()));
    let argument = argument.map_err(|why| refused(format!("its input is wrong: {why}")))?;
    site.sizes().check("its input is", argument.data.len()).map_err(refused)?;
    let workflow_type = (next_is != is).then(|| next_is.to_owned());
    continue_as_new(context, argument, past, ContinueAsNewOptions::builder().maybe_workflow_type(workflow_type).build())
}

/// Ends this run, and begins the next with this input and what is to be known of what has happened.
fn continue_as_new<W: Workflow>(
    context: &WorkflowContext<Hosted<W>>,
    argument: Payload,
    past: Past,
    mut options: ContinueAsNewOptions,
) -> Result<Box<dyn WorkflowOutputValue>, WorkflowTermination> {
    let (handover, left) = carried::leave(&type_of(context), context.run_id(), past, &argument)?;
    context.state_mut(|hosted| hosted.left = left);
    options.memo = memo(context);
    let never = context.continue_as_new(RawValue::new(vec![argument, handover]), options)?;
    match never {}
}

/// The workflow's memo, if this run has changed it; the new one would have that of this run's start.
fn memo<W: Workflow>(context: &WorkflowContext<Hosted<W>>) -> Option<MemoValues> {
    let changed = context.state(|hosted| hosted.memo.take());
    let memo = context.memo();
    let mut values = MemoValues::new();
    for key in changed.iter().map(String::as_str).chain(memo.keys()) {
        match memo.raw_value(key) {
            Some(value) => values.insert(key, RawValue::new(vec![value.clone()])),
            // None at all would be none that is changed.
            None => values.insert(key, Value::Null),
        };
    }
    (!changed.is_empty()).then_some(values)
}
