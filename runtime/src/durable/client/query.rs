//! A question to a workflow, which answers it from its memory.

use super::{Handle, WorkflowError, message::Message};
use crate::{Result, durable::payload};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use std::{fmt, future::IntoFuture, marker::PhantomData, time::Duration};
use temporalio_client::{
    UntypedQuery, UntypedWorkflow, WorkflowDescribeOptions, WorkflowQueryOptions, errors::WorkflowQueryError,
    tonic::Code,
};

/// How long an answer may take. The server itself waits for a worker for as long as it is let.
const PATIENCE: Duration = Duration::from_secs(10);

/// A query about to be sent: await it for the answer. Made by [`Handle::query`].
#[must_use = "a query is sent when this is awaited"]
pub struct Query<R> {
    workflow: Handle<()>,
    message: Message,
    timeout: Duration,
    answer: PhantomData<fn() -> R>,
}

impl<R> Query<R> {
    pub(super) fn new(workflow: Handle<()>, message: Message) -> Self {
        Self { workflow, message, timeout: PATIENCE, answer: PhantomData }
    }

    /// How long the answer may take; ten seconds, unless it is said here.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }
}

impl<R: DeserializeOwned + Send + 'static> IntoFuture for Query<R> {
    type Output = Result<R>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(ask(self.workflow, self.message, self.timeout))
    }
}

async fn ask<R: DeserializeOwned>(workflow: Handle<()>, message: Message, timeout: Duration) -> Result<R> {
    let (id, query) = (workflow.id.clone(), message.name.clone());
    let input = message.arguments(&id, workflow.client.sizes)?;
    let current = workflow.current();
    let asked =
        current.query(UntypedQuery::<UntypedWorkflow>::new(query.as_str()), input, WorkflowQueryOptions::default());
    let error = match tokio::time::timeout(timeout, asked).await {
        Ok(Ok(answer)) => {
            return payload::decode(answer.payloads.first()).map_err(|error| {
                let message = format!("the answer to the query `{query}` cannot be read: {error}");
                WorkflowError::Payload { id, message }.into()
            });
        }
        Ok(Err(error)) => error,
        Err(_) => return Err(unanswered(&workflow, query, timeout).await.into()),
    };
    Err(match error {
        WorkflowQueryError::NotFound(_) => WorkflowError::NotFound { id },
        // What the workflow has answered, or the SDK for it.
        WorkflowQueryError::Rpc(status) if status.code() == Code::InvalidArgument => {
            WorkflowError::QueryFailed { id, query, message: status.message().to_owned() }
        }
        WorkflowQueryError::Rpc(status)
            if status.code() == Code::FailedPrecondition && status.message().contains("poller") =>
        {
            unanswered(&workflow, query, timeout).await
        }
        WorkflowQueryError::Rpc(status) => WorkflowError::Server { id, message: status.message().to_owned() },
        other => WorkflowError::Server { id, message: other.to_string() },
    }
    .into())
}

/// Nobody has answered: says where somebody should.
async fn unanswered(workflow: &Handle<()>, query: String, timeout: Duration) -> WorkflowError {
    let id = workflow.id.clone();
    let described = workflow.current().describe(WorkflowDescribeOptions::default()).await;
    let task_queue = match described {
        Ok(described) => described.task_queue().to_owned(),
        Err(_) => workflow.client.task_queue.clone(),
    };
    WorkflowError::NoWorker { id, query, timeout, task_queue }
}

impl<R> fmt::Debug for Query<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("workflow", &self.workflow.id)
            .field("name", &self.message.name)
            .finish_non_exhaustive()
    }
}
