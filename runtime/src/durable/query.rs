//! The framework's own queries: an activity asks the workflow it belongs to, and a reviewer what waits for approval.
//!
//! A query is answered from the workflow's memory, on whichever worker has it, and leaves nothing in its history.

use super::{
    approvals::{APPROVALS, Approvals},
    carried::{self, CARRIED_QUERY, Part},
    limits::MAX_EVENTS_PAGE,
    payload,
    prompt::{Ask, FetchError, OpenCalls, PAGE_QUERY, Page, Source},
    streamed::{self, EVENTS, Log, SAY},
};
use serde::{Serialize, de::DeserializeOwned};
use std::time::Duration;
use temporalio_client::{
    UntypedQuery, UntypedWorkflow, WorkflowExecutionInfo, WorkflowHandle, WorkflowQueryOptions,
    errors::WorkflowQueryError,
};
use temporalio_common::{data_converters::RawValue, protos::temporal::api::common::v1::Payload};
use temporalio_sdk::activities::ActivityContext;

/// The waits before a workflow that does not answer is asked again: together about five minutes, all within one
/// attempt, so that a while without workers does not use up the attempts of a model call.
const WAITS: [Duration; 8] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(5),
    Duration::from_secs(10),
    Duration::from_secs(30),
    Duration::from_mins(1),
    Duration::from_mins(1),
    Duration::from_mins(2),
];

/// The names in a page's metadata. Whoever asked tells by them an answer of ours from any other.
const FROM: &str = "from";
const AFTER: &str = "after";
const SIZE: &str = "size";

/// The workflow that an activity belongs to.
pub(crate) struct Workflow(Option<WorkflowHandle<temporalio_client::Client, UntypedWorkflow>>);

impl Workflow {
    pub(crate) fn of(activity: &ActivityContext) -> Self {
        Self(activity.workflow_handle())
    }

    /// An earlier run of the same workflow.
    pub(crate) fn earlier(activity: &ActivityContext, run: &str) -> Self {
        let client = activity.client();
        let info = WorkflowExecutionInfo::builder()
            .namespace(client.options().namespace.clone())
            .workflow_id(activity.info().workflow_id.clone().unwrap_or_default())
            .run_id(run)
            .build();
        Self(Some(WorkflowHandle::new(client, info)))
    }

    /// A part of what an earlier run has left.
    pub(crate) async fn carried(&self, part: &Part) -> Result<Payload, FetchError> {
        let input = payload::encode(part).map_err(|error| FetchError::Unreadable(error.to_string()))?;
        self.query(CARRIED_QUERY, input).await
    }

    /// Asks once.
    pub(crate) async fn query_once(&self, name: &str, input: Payload) -> Result<Payload, FetchError> {
        let Some(workflow) = &self.0 else { return Err(FetchError::Unknown) };
        let query = UntypedQuery::<UntypedWorkflow>::new(name);
        let answered = workflow.query(query, RawValue::new(vec![input]), WorkflowQueryOptions::default()).await;
        let answer = answered.map_err(|error| FetchError::Unreachable(error.to_string()))?;
        answer.payloads.into_iter().next().ok_or(FetchError::Unknown)
    }

    async fn query(&self, name: &str, input: Payload) -> Result<Payload, FetchError> {
        let Some(workflow) = &self.0 else { return Err(FetchError::Unknown) };
        let mut waits = WAITS.into_iter();
        loop {
            let query = UntypedQuery::<UntypedWorkflow>::new(name);
            let input = RawValue::new(vec![input.clone()]);
            let error = match workflow.query(query, input, WorkflowQueryOptions::default()).await {
                Ok(answer) => return answer.payloads.into_iter().next().ok_or(FetchError::Unknown),
                Err(WorkflowQueryError::NotFound(_)) => return Err(FetchError::Unknown),
                Err(error) => error,
            };
            let Some(wait) = waits.next() else { return Err(FetchError::Unreachable(error.to_string())) };
            tracing::warn!(query = name, %error, ?wait, "a workflow does not answer its activity");
            tokio::time::sleep(wait).await;
        }
    }
}

impl Source for Workflow {
    async fn page(&self, ask: &Ask) -> Result<Page, FetchError> {
        let unreadable = |error: &dyn ToString| FetchError::Unreadable(error.to_string());
        let input = payload::encode(ask).map_err(|error| unreadable(&error))?;
        let answer = self.query(PAGE_QUERY, input).await?;
        let facts = (payload::fact(&answer, FROM), payload::fact(&answer, AFTER), payload::fact(&answer, SIZE));
        match facts {
            (Some(from), Some(after), Some(size)) => Ok(Page { from, after, size, part: answer.data }),
            _ => Err(FetchError::Unknown),
        }
    }
}

/// What a workflow knows that it may be asked for.
pub(crate) struct Asked<'a> {
    pub(crate) open: &'a OpenCalls,
    pub(crate) approvals: &'a Approvals,
    pub(crate) log: &'a Log,
    /// What the run has left to the next.
    pub(crate) left: Option<&'a [u8]>,
    /// The run that this one goes on from.
    pub(crate) before: Option<&'a str>,
}

/// The workflow's side: answers a query of the framework's own, if that is what it is.
pub(crate) fn answer(asked: &Asked<'_>, name: &str, input: &[Payload]) -> Option<Result<Payload, String>> {
    match name {
        APPROVALS => Some(asked.approvals.list()),
        PAGE_QUERY => Some(read(input).map(|ask| page(asked.open, &ask))),
        SAY => Some(read(input).and_then(|piece| write(&asked.log.say(&piece)))),
        EVENTS => Some(read(input).and_then(|offset| {
            let before = asked.before.map(str::to_owned);
            write(&streamed::Page { before, ..asked.log.page(&offset, MAX_EVENTS_PAGE) })
        })),
        CARRIED_QUERY => Some(read(input).and_then(|part: Part| {
            let left = asked.left.ok_or("this run has not continued as new")?;
            Ok(carried::part(left, &part).ok_or("there is not so much")?)
        })),
        _ => None,
    }
}

fn page(open: &OpenCalls, ask: &Ask) -> Payload {
    match open.page(ask) {
        Some(Page { from, after, size, part }) => {
            payload::binary(part, [(FROM, from.to_string()), (AFTER, after.to_string()), (SIZE, size.to_string())])
        }
        None => payload::binary(Vec::new(), []),
    }
}

fn write<T: Serialize>(answer: &T) -> Result<Payload, String> {
    payload::encode(answer).map_err(|error| error.to_string())
}

fn read<T: DeserializeOwned>(input: &[Payload]) -> Result<T, String> {
    payload::decode(input.first()).map_err(|error| error.to_string())
}
