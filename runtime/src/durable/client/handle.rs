//! A workflow that was started: its result, its messages, its end.

use super::{Client, Query, Update, UpdateHandle, WorkflowError, message::Message};
use crate::{
    Result,
    durable::{
        History,
        approvals::{APPROVALS, DECIDE},
        payload,
        streamed::{Events, Offset},
    },
    error::Error,
    tool::{Approval, Decision},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, marker::PhantomData};
use temporalio_client::{
    UntypedSignal, UntypedWorkflow, WorkflowCancelOptions, WorkflowExecutionInfo, WorkflowFetchHistoryOptions,
    WorkflowGetResultOptions, WorkflowHandle, WorkflowSignalOptions, WorkflowTerminateOptions, grpc::WorkflowService,
};

/// A workflow as the SDK addresses it.
type Addressed<C = temporalio_client::Client> = WorkflowHandle<C, UntypedWorkflow>;

/// A workflow that was started.
pub struct Handle<T> {
    pub(super) client: Client,
    pub(super) id: String,
    /// The run that was started, if this handle is of the one who did.
    run: Option<String>,
    result: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    pub(super) fn new(client: Client, id: String, run: Option<String>) -> Self {
        Self { client, id, run, result: PhantomData }
    }

    /// The same, for what does not depend on the workflow's result.
    fn untyped(&self) -> Handle<()> {
        Handle::new(self.client.clone(), self.id.clone(), self.run.clone())
    }

    /// The workflow's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of this run of the workflow, where it is known: that of a handle that started it.
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
        let input = Message::new(name, payload).arguments(&self.id, self.client.sizes.most)?;
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

    /// An update that the run which is there now was sent before, perhaps by another process, by its name and id.
    #[must_use]
    pub fn update_handle<R>(&self, name: impl Into<String>, id: impl Into<String>) -> UpdateHandle<R> {
        UpdateHandle::of(self.untyped(), name.into(), id.into())
    }

    /// The calls of tools that wait for somebody to approve them, the oldest first.
    ///
    /// # Errors
    /// When there is no such workflow, or no worker answers for it.
    pub async fn approvals(&self) -> Result<Vec<Approval>> {
        self.query(APPROVALS, &()).await
    }

    /// Approves a call, or rejects it: the first decision about it holds. The workflow notes when.
    ///
    /// ```no_run
    /// # use steadfast::{Decision, Handle, prelude::*};
    /// # async fn decide(run: Handle<String>) -> Result<()> {
    /// for approval in run.approvals().await? {
    ///     println!("{approval}");
    ///     run.decide(&approval, Decision::approve("ann@example.com")).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Any Temporal client can do the same, by the query `steadfast.approvals` and the update `steadfast.decide`.
    ///
    /// # Errors
    /// When it was decided before, is not waited for, or there is no such workflow running.
    pub async fn decide(&self, approval: &Approval, decision: Decision) -> Result<Decision> {
        self.update(DECIDE, &Decision { id: approval.id.clone(), ..decision }).await
    }

    /// Follows the events of the workflow's [streamed](crate::AgentExt::run_streamed) runs, from the first on and to the
    /// workflow's end; the model's text comes while the model is still talking. Any number of subscribers may do so, at any
    /// time, also when the workflow has ended.
    ///
    /// ```no_run
    /// # use steadfast::{Handle, RunEventKind, prelude::*};
    /// # async fn watch(run: Handle<String>) -> Result<()> {
    /// let mut events = run.events();
    /// while let Some(streamed) = events.next().await? {
    ///     if let RunEventKind::Text { delta, .. } = streamed.event.kind {
    ///         print!("{delta}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Nothing of it is recorded: the worker that has the workflow is asked, by the query `steadfast.events`, every 25 to
    /// 250 milliseconds. A run with [`local_model_calls`](crate::Running::local_model_calls) is shown when its calls are
    /// done.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events_from(Offset::default())
    }

    /// The same from an offset on: whatever comes after the event that had it.
    #[must_use]
    pub fn events_from(&self, offset: Offset) -> Events {
        Events::of(self.client.clone(), self.id.clone(), offset)
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
        self.current_on(self.client.temporal().clone())
    }

    pub(super) fn current_on<C: WorkflowService + Clone>(&self, client: C) -> Addressed<C> {
        let info = WorkflowExecutionInfo::builder()
            .namespace(self.client.namespace())
            .workflow_id(&self.id)
            .maybe_first_execution_run_id(self.run_id())
            .build();
        WorkflowHandle::new(client, info)
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
        Self::new(self.client.clone(), self.id.clone(), self.run.clone())
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("id", &self.id).field("run_id", &self.run_id()).finish_non_exhaustive()
    }
}
