//! The framework's own queries: an activity asks the workflow it belongs to, and a reviewer what waits for approval.
//!
//! A query is answered from the workflow's memory, on whichever worker has it, and leaves nothing in its history.

use super::{
    approvals::{APPROVALS, Approvals},
    carried::{self, CARRIED_QUERY, Part},
    payload,
    prompt::{Ask, FetchError, OpenCalls, PAGE_QUERY, Page, Source},
};
use serde::de::DeserializeOwned;
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

/// The workflow's side: answers a query of the framework's own, if that is what it is.
pub(crate) fn answer(
    open: &OpenCalls,
    approvals: &Approvals,
    left: Option<&[u8]>,
    name: &str,
    input: &[Payload],
) -> Option<Result<Payload, String>> {
    match name {
        APPROVALS => Some(approvals.list()),
        PAGE_QUERY => Some(read(input).map(|ask| page(open, &ask))),
        CARRIED_QUERY => Some(read(input).and_then(|part: Part| {
            let left = left.ok_or("this run has not continued as new")?;
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

fn read<T: DeserializeOwned>(input: &[Payload]) -> Result<T, String> {
    payload::decode(input.first()).map_err(|error| error.to_string())
}
