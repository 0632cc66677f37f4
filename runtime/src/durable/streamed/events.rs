//! The subscriber's side: follows a workflow from an offset on, across its histories and its workers.

use super::{EVENTS, Offset, Page, Streamed};
use crate::{
    Result,
    durable::{Client, WorkflowError, payload},
};
use std::{collections::VecDeque, fmt, time::Duration};
use temporalio_client::{
    UntypedQuery, UntypedWorkflow, WorkflowDescribeOptions, WorkflowExecutionInfo, WorkflowExecutionStatus,
    WorkflowHandle, WorkflowQueryOptions, errors::WorkflowQueryError,
};
use temporalio_common::data_converters::RawValue;

/// The wait between two questions while there is something to tell, and the longest while there is not.
const SHORT: Duration = Duration::from_millis(25);
const LONG: Duration = Duration::from_millis(250);
/// The wait after a question that nobody has answered, as while there is no worker.
const UNANSWERED: Duration = Duration::from_millis(500);
/// How many questions without news there are before the server is asked whether the workflow is still there.
const PATIENCE: u32 = 20;

/// gRPC's code for a question that is wrong.
const INVALID: i32 = 3;

/// The events of a workflow's streamed runs, in order; made by [`Handle::events`](crate::Handle::events).
pub struct Events {
    client: Client,
    id: String,
    /// The run that is asked, where that is not the one that is there now.
    run: Option<String>,
    at: Offset,
    got: VecDeque<Streamed>,
    wait: Duration,
    /// How many questions have brought nothing.
    in_vain: u32,
    /// Whether the server says that the workflow has ended.
    has_ended: bool,
    is_over: bool,
}

impl Events {
    pub(crate) fn of(client: Client, id: String, from: Offset) -> Self {
        Self {
            client,
            id,
            run: None,
            at: from,
            got: VecDeque::new(),
            wait: SHORT,
            in_vain: 0,
            has_ended: false,
            is_over: false,
        }
    }

    /// Waits for the next event; `None` when the workflow has ended and there is no more. While no worker answers for the
    /// workflow, it waits.
    ///
    /// # Errors
    /// When there is no such workflow, or what it answers cannot be read.
    pub async fn next(&mut self) -> Result<Option<Streamed>> {
        loop {
            if let Some(event) = self.got.pop_front() {
                return Ok(Some(event));
            }
            if self.is_over {
                return Ok(None);
            }
            match self.ask().await? {
                Some(page) => self.take(page).await?,
                None => tokio::time::sleep(UNANSWERED).await,
            }
        }
    }

    /// Asks for what is next; `None` when nobody answers.
    async fn ask(&self) -> Result<Option<Page>> {
        let query = UntypedQuery::<UntypedWorkflow>::new(EVENTS);
        let input = RawValue::new(vec![payload::encode(&self.at)?]);
        match self.workflow().query(query, input, WorkflowQueryOptions::default()).await {
            Ok(answer) => Ok(Some(payload::decode(answer.payloads.first())?)),
            Err(WorkflowQueryError::NotFound(_)) => Err(WorkflowError::NotFound { id: self.id.clone() }.into()),
            // What the workflow itself says no to, it will say no to again.
            Err(WorkflowQueryError::Rpc(status)) if status.code() as i32 == INVALID => {
                Err(WorkflowError::Server { id: self.id.clone(), message: status.message().to_owned() }.into())
            }
            Err(error) => {
                tracing::debug!(workflow = self.id, %error, "nobody answers for the workflow");
                Ok(None)
            }
        }
    }

    async fn take(&mut self, page: Page) -> Result<()> {
        if page.first > self.at.next {
            match page.before {
                Some(run) if self.run.as_ref() != Some(&run) => self.run = Some(run),
                // The server keeps it no longer.
                _ => self.at = Offset::from(page.first),
            }
            return Ok(());
        }
        self.at = page.next;
        if page.events.is_empty() {
            return self.nothing_new(page.is_over).await;
        }
        self.got.extend(page.events);
        (self.wait, self.in_vain) = (SHORT, 0);
        Ok(())
    }

    async fn nothing_new(&mut self, is_over: bool) -> Result<()> {
        if is_over || self.has_ended {
            // Behind an earlier run there is another.
            self.is_over = self.run.take().is_none();
            self.has_ended = false;
            return Ok(());
        }
        self.in_vain += 1;
        if self.in_vain.is_multiple_of(PATIENCE) {
            let told = self.workflow().describe(WorkflowDescribeOptions::default()).await;
            // What it has shown last is asked for once more.
            self.has_ended = told.is_ok_and(|told| told.status() != WorkflowExecutionStatus::Running);
        }
        tokio::time::sleep(self.wait).await;
        // While a model is at it, its first word comes soon, or the model thinks for long.
        let wait = if self.at.awaits_text() { self.wait * 5 / 4 } else { self.wait * 2 };
        self.wait = wait.min(LONG);
        Ok(())
    }

    fn workflow(&self) -> WorkflowHandle<temporalio_client::Client, UntypedWorkflow> {
        let info = WorkflowExecutionInfo::builder()
            .namespace(self.client.namespace())
            .workflow_id(&self.id)
            .maybe_run_id(self.run.clone())
            .build();
        WorkflowHandle::new(self.client.temporal().clone(), info)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("workflow", &self.id).field("at", &self.at).finish_non_exhaustive()
    }
}
