//! Starts workflows and follows them, typed.

use super::{
    Connected, History, RunningServer, WorkflowError,
    approvals::{APPROVALS, DECIDE},
    payload,
    sizes::Sizes,
    streamed::{Events, Offset},
};
use crate::{
    Result,
    app::App,
    error::Error,
    tool::{Approval, Decision},
};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, future::IntoFuture, marker::PhantomData, sync::Arc};
use temporalio_client::{
    UntypedQuery, UntypedSignal, UntypedUpdate, UntypedWorkflow, WorkflowCancelOptions, WorkflowExecuteUpdateOptions,
    WorkflowExecutionInfo, WorkflowFetchHistoryOptions, WorkflowGetResultOptions, WorkflowHandle, WorkflowQueryOptions,
    WorkflowSignalOptions, WorkflowStartOptions, WorkflowTerminateOptions,
    errors::{WorkflowInteractionError, WorkflowQueryError, WorkflowStartError, WorkflowUpdateError},
};
use temporalio_common::{Priority, data_converters::RawValue, protos::temporal::api::common::v1::Payload};

/// A connection to a server, for one task queue. Cloning is cheap.
#[derive(Clone)]
pub struct Client {
    connected: Arc<Connected>,
    task_queue: String,
    sizes: Sizes,
}

impl Client {
    pub(crate) fn new(connected: Connected, task_queue: String, sizes: Sizes) -> Self {
        Self { connected: Arc::new(connected), task_queue, sizes }
    }

    /// The server, as `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.connected.address
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.connected.namespace
    }

    /// The address of the server's UI, where it is known.
    #[must_use]
    pub fn ui(&self) -> Option<&str> {
        self.connected.ui.as_deref()
    }

    /// The process of the local dev server, if that is what this is connected to.
    #[must_use]
    pub fn dev_server_pid(&self) -> Option<u32> {
        self.connected.server.as_ref().and_then(RunningServer::pid)
    }

    /// The task queue workflows are started on.
    #[must_use]
    pub fn task_queue(&self) -> &str {
        &self.task_queue
    }

    /// The handle of a workflow with this id whose result is a `T`.
    pub fn handle<T>(&self, id: impl Into<String>) -> Handle<T> {
        let id = id.into();
        let workflow = self.temporal().get_workflow_handle::<UntypedWorkflow>(id.clone());
        Handle { workflow, id, client: self.clone(), result: PhantomData }
    }

    /// Starts a workflow by its type name with any JSON, as a client of another language would.
    ///
    /// # Errors
    /// When the input does not serialise, is too large, a workflow of this id is running, or the server refuses.
    pub async fn start_by_name<I: Serialize + Sync>(&self, workflow: &str, id: &str, input: &I) -> Result<()> {
        self.begin(workflow, id, payload::encode(input), Priority::default()).await.map(drop)
    }

    async fn begin(
        &self,
        workflow: &str,
        id: &str,
        input: Result<Payload, serde_json::Error>,
        priority: Priority,
    ) -> Result<WorkflowHandle<temporalio_client::Client, UntypedWorkflow>> {
        let refused = |message: String| WorkflowError::Payload { id: id.to_owned(), message };
        let input = input.map_err(|error| refused(format!("the input does not serialise: {error}")))?;
        let (size, limit) = (input.data.len(), self.sizes.most);
        if size > limit {
            return Err(refused(format!("the input is {size} bytes, over the limit of {limit}")).into());
        }
        // Where this process has a worker, the answer to the start brings the first task along.
        let options = WorkflowStartOptions::new(self.task_queue.clone(), id)
            .enable_eager_workflow_start(true)
            .priority(priority)
            .build();
        let started =
            self.temporal().start_workflow(UntypedWorkflow::new(workflow), RawValue::new(vec![input]), options).await;
        started.map_err(|error| {
            let id = id.to_owned();
            match error {
                WorkflowStartError::AlreadyStarted { .. } => WorkflowError::AlreadyRunning { id }.into(),
                other => WorkflowError::Server { id, message: other.to_string() }.into(),
            }
        })
    }

    pub(crate) fn temporal(&self) -> &temporalio_client::Client {
        &self.connected.client
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("address", &self.address())
            .field("task_queue", &self.task_queue)
            .finish_non_exhaustive()
    }
}

/// A workflow about to be started: await it, or give it an id first.
#[must_use = "a workflow starts when this is awaited"]
pub struct Start<'a, T> {
    app: &'a App,
    workflow: &'static str,
    input: Result<Payload, serde_json::Error>,
    id: Option<String>,
    priority: Priority,
    result: PhantomData<fn() -> T>,
}

impl<'a, T> Start<'a, T> {
    pub(crate) fn new<I: Serialize>(app: &'a App, workflow: &'static str, input: &I) -> Self {
        Self {
            app,
            workflow,
            input: payload::encode(input),
            id: None,
            priority: Priority::default(),
            result: PhantomData,
        }
    }

    /// Sets the workflow's id, by which it is found again and which no two running workflows share.
    /// The default is the workflow's name and a UUID.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Has the workflow, and all that it asks for, go before others on their queues: 1 is the first and 5 the last, 3 what
    /// holds without this. Agents and tools may have a `priority` of their own.
    pub fn priority(mut self, priority: u32) -> Self {
        self.priority.priority_key = Some(priority.max(1));
        self
    }

    /// Counts the workflow among those of this key, such as a tenant, of 64 bytes at most. Where queues are full, each key
    /// gets its share of the workers, by its weight from 0.001 to 1000, which is 1 where nobody says otherwise. The server
    /// has to have fairness enabled.
    pub fn fairness(mut self, key: impl Into<String>, weight: f32) -> Self {
        self.priority.fairness_key = Some(key.into());
        self.priority.fairness_weight = Some(weight);
        self
    }
}

impl<'a, T: DeserializeOwned + Send + 'static> IntoFuture for Start<'a, T> {
    type Output = Result<Handle<T>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let client = self.app.client().await?;
            let id = self.id.unwrap_or_else(|| format!("{}-{}", self.workflow, uuid::Uuid::new_v4()));
            let workflow = client.begin(self.workflow, &id, self.input, self.priority).await?;
            Ok(Handle { workflow, id, client: client.clone(), result: PhantomData })
        })
    }
}

impl<T> fmt::Debug for Start<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("workflow", &self.workflow).field("id", &self.id).finish_non_exhaustive()
    }
}

/// A workflow that was started.
pub struct Handle<T> {
    workflow: WorkflowHandle<temporalio_client::Client, UntypedWorkflow>,
    id: String,
    client: Client,
    result: PhantomData<fn() -> T>,
}

impl<T> Handle<T> {
    /// The workflow's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The id of this run of the workflow, where it is known: that of a handle that started it.
    #[must_use]
    pub fn run_id(&self) -> Option<&str> {
        self.workflow.run_id()
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
        let result = self.workflow.get_result(WorkflowGetResultOptions::default()).await;
        let result = result.map_err(|error| WorkflowError::of_result(&self.id, error))?;
        payload::decode(result.payloads.first()).map_err(|error| {
            let message = format!("the result cannot be read: {error}");
            Error::from(WorkflowError::Payload { id: self.id.clone(), message })
        })
    }

    /// Sends the workflow a signal.
    ///
    /// # Errors
    /// When the payload does not serialise, or there is no such workflow running.
    pub async fn signal<S: Serialize>(&self, name: &str, payload: &S) -> Result<()> {
        let payload = payload::encode(payload)?;
        let signal = UntypedSignal::<UntypedWorkflow>::new(name);
        let input = RawValue::new(vec![payload]);
        let sent = self.current().signal(signal, input, WorkflowSignalOptions::default()).await;
        sent.map_err(|error| self.interaction(error))
    }

    /// The calls of tools that wait for somebody to approve them, the oldest first.
    ///
    /// # Errors
    /// When there is no such workflow, or no worker answers for it.
    pub async fn approvals(&self) -> Result<Vec<Approval>> {
        let query = UntypedQuery::<UntypedWorkflow>::new(APPROVALS);
        let asked = self.current().query(query, RawValue::default(), WorkflowQueryOptions::default()).await;
        let answer = asked.map_err(|error| match error {
            WorkflowQueryError::NotFound(_) => Error::from(WorkflowError::NotFound { id: self.id.clone() }),
            other => WorkflowError::Server { id: self.id.clone(), message: other.to_string() }.into(),
        })?;
        Ok(payload::decode(answer.payloads.first())?)
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
        let input = payload::encode(&Decision { id: approval.id.clone(), ..decision })?;
        let update = UntypedUpdate::<UntypedWorkflow>::new(DECIDE);
        let options = WorkflowExecuteUpdateOptions::default();
        let decided = self.current().execute_update(update, RawValue::new(vec![input]), options).await;
        let answer = decided.map_err(|error| match error {
            WorkflowUpdateError::NotFound(_) => WorkflowError::NotFound { id: self.id.clone() },
            WorkflowUpdateError::Failed(failure) => {
                WorkflowError::Server { id: self.id.clone(), message: failure.message }
            }
            other => WorkflowError::Server { id: self.id.clone(), message: other.to_string() },
        })?;
        Ok(payload::decode(answer.payloads.first())?)
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
        cancelled.map_err(|error| self.interaction(error))
    }

    /// Ends the workflow at once, without asking it.
    ///
    /// # Errors
    /// When there is no such workflow running.
    pub async fn terminate(&self, reason: impl Into<String>) -> Result<()> {
        let options = WorkflowTerminateOptions::builder().reason(reason.into()).build();
        let terminated = self.current().terminate(options).await;
        terminated.map_err(|error| self.interaction(error))
    }

    /// Everything the server has recorded of the workflow so far: of its first run, if this handle has started it and
    /// it has continued as new. For all runs, see [`histories`](Self::histories).
    ///
    /// # Errors
    /// When there is no such workflow, or the server cannot be reached.
    pub async fn history(&self) -> Result<History> {
        History::fetch(self.workflow.fetch_history(WorkflowFetchHistoryOptions::default())).await
    }

    /// Everything recorded of the workflow and of the runs that it has continued as, the oldest first: from the run that
    /// this handle has started, or else from the one that is there now.
    ///
    /// # Errors
    /// When there is no such workflow, or the server cannot be reached.
    pub async fn histories(&self) -> Result<Vec<History>> {
        let mut histories = vec![self.history().await?];
        while let Some(run) = histories.last().and_then(History::continued_by) {
            let info = WorkflowExecutionInfo::builder()
                .namespace(self.client.namespace())
                .workflow_id(&self.id)
                .run_id(run)
                .build();
            let next: WorkflowHandle<_, UntypedWorkflow> = WorkflowHandle::new(self.client.temporal().clone(), info);
            histories.push(History::fetch(next.fetch_history(WorkflowFetchHistoryOptions::default())).await?);
        }
        Ok(histories)
    }

    /// Whichever run of the workflow is there: a workflow that has continued as new is the same one to its callers.
    fn current(&self) -> WorkflowHandle<temporalio_client::Client, UntypedWorkflow> {
        let info = WorkflowExecutionInfo::builder()
            .namespace(self.client.namespace())
            .workflow_id(&self.id)
            .maybe_first_execution_run_id(self.run_id())
            .build();
        WorkflowHandle::new(self.client.temporal().clone(), info)
    }

    fn interaction(&self, error: WorkflowInteractionError) -> Error {
        let id = self.id.clone();
        match error {
            WorkflowInteractionError::NotFound(_) => WorkflowError::NotFound { id }.into(),
            other => WorkflowError::Server { id, message: other.to_string() }.into(),
        }
    }
}

impl<T> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("id", &self.id).field("run_id", &self.run_id()).finish_non_exhaustive()
    }
}
