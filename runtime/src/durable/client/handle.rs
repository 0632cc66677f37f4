//! A workflow that was started: its result, its messages, its end.

use super::{Client, Description, Query, Update, UpdateHandle, WorkflowError, message::Message};
use crate::{
    Result,
    durable::{History, payload},
    error::Error,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, marker::PhantomData};
use temporalio_client::{
    UntypedSignal, UntypedWorkflow, WorkflowCancelOptions, WorkflowDescribeOptions, WorkflowExecutionInfo,
    WorkflowFetchHistoryOptions, WorkflowGetResultOptions, WorkflowHandle, WorkflowSignalOptions,
    WorkflowTerminateOptions,
};

/// A workflow as the SDK addresses it.
type Addressed = WorkflowHandle<temporalio_client::Client, UntypedWorkflow>;

/// A workflow that was started.
pub struct Handle<T> {
    pub(super) client: Client,
    pub(super) id: String,
    /// The run that was started, or found by a start.
    run: Option<String>,
    /// Whether that is certainly the first of the runs that the workflow continues as.
    is_first: bool,
    result: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    pub(super) fn new(client: Client, id: String) -> Self {
        Self { client, id, run: None, is_first: false, result: PhantomData }
    }

    pub(super) fn started(client: Client, id: String, run: Option<String>, is_first: bool) -> Self {
        Self { client, id, run, is_first, result: PhantomData }
    }

    /// The same, for what does not depend on the workflow's result.
    pub(super) fn untyped(&self) -> Handle<()> {
        Handle::started(self.client.clone(), self.id.clone(), self.run.clone(), self.is_first)
    }

    /// The workflow's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of this run of the workflow, where it is known: to a handle that a start has given.
    #[must_use]
    pub fn run_id(&self) -> Option<&str> {
        self.run.as_deref()
    }

    /// Where to see the workflow in the server's UI, where that is known.
    #[must_use]
    pub fn url(&self) -> Option<String> {
        let ui = self.client.ui()?;
        let mut url = format!("{ui}/namespaces/{}/workflows/{}", self.client.namespace(), self.id);
        if let Some(run) = self.run_id() {
            url.push_str(&format!("/{run}/history"));
        }
        Some(url)
    }

    /// Waits for the workflow's result.
    ///
    /// # Errors
    /// A [`WorkflowError`] that says how the workflow ended otherwise; for an agent's run that failed, with what the
    /// run had done.
    pub async fn result(&self) -> Result<T>
    where
        T: DeserializeOwned,
    {
        let result = self.at(self.run_id()).get_result(WorkflowGetResultOptions::default()).await;
        let result = result.map_err(|error| WorkflowError::of_result(&self.id, error))?;
        payload::decode(result.payloads.first()).map_err(|error| {
            let message = format!("the result cannot be read: {error}");
            Error::from(WorkflowError::Payload { id: self.id.clone(), message })
        })
    }

    /// Sends the workflow a signal. Without a payload, write `&()`.
    ///
    /// # Errors
    /// When the payload does not serialise or is too large, or there is no such workflow running.
    pub async fn signal<S: Serialize>(&self, name: &str, payload: &S) -> Result<()> {
        let input = Message::new(name, payload).arguments(&self.id, self.client.sizes)?;
        let signal = UntypedSignal::<UntypedWorkflow>::new(name);
        let sent = self.current().signal(signal, input, WorkflowSignalOptions::default()).await;
        sent.map_err(|error| WorkflowError::of_interaction(&self.id, error).into())
    }

    /// Asks the workflow something. It answers from its memory, and nothing of it is recorded. Without an argument, write
    /// `&()`.
    ///
    /// ```no_run
    /// # use steadfast::{Handle, prelude::*};
    /// # async fn ask(run: Handle<String>) -> Result<()> {
    /// let open = run.query::<u32>("open_orders", &()).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Awaiting it fails with [`WorkflowError::QueryFailed`] if that is what the workflow answers, or it has no such
    /// query; with [`WorkflowError::NoWorker`] if no worker answers [in time](Query::timeout); when the argument does
    /// not serialise or is too large, the answer is no `R`, or there is no such workflow.
    pub fn query<R>(&self, name: &str, argument: &(impl Serialize + ?Sized)) -> Query<R> {
        Query::new(self.untyped(), Message::new(name, argument))
    }

    /// Asks the workflow to do something, and tells what came of it. Without an argument, write `&()`.
    ///
    /// ```no_run
    /// # use steadfast::{Handle, prelude::*};
    /// # async fn add(run: Handle<String>) -> Result<()> {
    /// // Sent twice, it is done once.
    /// let total = run.update::<u32>("add", &3).id("order-42").await?;
    /// // Not waited for here.
    /// let accepted = run.update::<u32>("add", &4).accepted().await?;
    /// let total = accepted.result().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Awaiting it fails with [`WorkflowError::UpdateRejected`] if the workflow refuses it, or has no such update; with
    /// [`WorkflowError::UpdateFailed`] if it was accepted and failed, [`WorkflowError::UpdateUnfinished`] if the
    /// workflow ended before it was done; when the argument does not serialise or is too large, the result is no `R`, or
    /// there is no such workflow running.
    pub fn update<R>(&self, name: &str, argument: &(impl Serialize + ?Sized)) -> Update<R> {
        Update::new(self.untyped(), Message::new(name, argument))
    }

    /// An update that the run which is there now was sent before, perhaps by another process, by its name and id. Whether
    /// there is one shows when its result is asked for.
    #[must_use]
    pub fn update_handle<R>(&self, name: impl Into<String>, id: impl Into<String>) -> UpdateHandle<R> {
        UpdateHandle::of(self.untyped(), name.into(), id.into())
    }

    /// Asks the workflow to stop: its code is dropped where it is, and what it waits for is cancelled.
    ///
    /// # Errors
    /// When there is no such workflow running.
    pub async fn cancel(&self) -> Result<()> {
        let cancelled = self.current().cancel(WorkflowCancelOptions::default()).await;
        cancelled.map_err(|error| WorkflowError::of_interaction(&self.id, error).into())
    }

    /// Ends the workflow at once, without asking it.
    ///
    /// # Errors
    /// When there is no such workflow running.
    pub async fn terminate(&self, reason: impl Into<String>) -> Result<()> {
        let options = WorkflowTerminateOptions::builder().reason(reason.into()).build();
        let terminated = self.current().terminate(options).await;
        terminated.map_err(|error| WorkflowError::of_interaction(&self.id, error).into())
    }

    /// What the server knows of the workflow, of whichever run is there, and what it waits for: what one looks at when it
    /// is stuck.
    ///
    /// ```no_run
    /// # use steadfast::{Handle, prelude::*};
    /// # async fn look(run: Handle<String>) -> Result<()> {
    /// let described = run.describe().await?;
    /// println!("{described}");
    /// for activity in described.activities.iter().filter(|activity| activity.attempt > 3) {
    ///     println!("{} fails: {:?}", activity.name, activity.last_failure);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When there is no such workflow.
    pub async fn describe(&self) -> Result<Description> {
        let described = self.current().describe(WorkflowDescribeOptions::default()).await;
        let described = described.map_err(|error| WorkflowError::of_interaction(&self.id, error))?;
        Ok(Description::new(&self.client, &described).await)
    }

    /// Everything the server has recorded of the workflow so far: of its first run, if this handle has started it and
    /// it has continued as new. For all runs, see [`histories`](Self::histories).
    ///
    /// # Errors
    /// When there is no such workflow, or the server cannot be reached.
    pub async fn history(&self) -> Result<History> {
        History::fetch(self.at(self.run_id()).fetch_history(WorkflowFetchHistoryOptions::default())).await
    }

    /// Everything recorded of the workflow and of the runs that it has continued as, the oldest first: from the run that
    /// this handle has started, or else from the one that is there now.
    ///
    /// # Errors
    /// When there is no such workflow, or the server cannot be reached.
    pub async fn histories(&self) -> Result<Vec<History>> {
        let mut histories = vec![self.history().await?];
        while let Some(run) = histories.last().and_then(History::continued_by) {
            let next = self.at(Some(&run));
            histories.push(History::fetch(next.fetch_history(WorkflowFetchHistoryOptions::default())).await?);
        }
        Ok(histories)
    }

    /// Whichever run of the workflow is there: a workflow that has continued as new is the same one to its callers.
    pub(super) fn current(&self) -> Addressed {
        let info = WorkflowExecutionInfo::builder()
            .namespace(self.client.namespace())
            .workflow_id(&self.id)
            .maybe_first_execution_run_id(self.run_id().filter(|_| self.is_first))
            .build();
        WorkflowHandle::new(self.client.temporal().clone(), info)
    }

    /// One run of the workflow, or the latest.
    pub(super) fn at(&self, run: Option<&str>) -> Addressed {
        let info = WorkflowExecutionInfo::builder()
            .namespace(self.client.namespace())
            .workflow_id(&self.id)
            .maybe_run_id(run)
            .build();
        WorkflowHandle::new(self.client.temporal().clone(), info)
    }
}

impl<T> Clone for Handle<T> {
    fn clone(&self) -> Self {
        Self::started(self.client.clone(), self.id.clone(), self.run.clone(), self.is_first)
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("id", &self.id).field("run_id", &self.run_id()).finish_non_exhaustive()
    }
}
