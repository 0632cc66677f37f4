//! What all measurements happen on: one server, one scripted model, and workers that come and go.

use crate::{
    Result,
    engines::{Engine, Place, Plan, WORKFLOW, connect, python::Python},
    process::{Process, itself},
    recorded::Recorded,
};
use std::{
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use steadfast::{DevServer, RunningServer};
use temporalio_client::{
    Client, NamespacedClient, UntypedWorkflow, WorkflowFetchHistoryOptions, WorkflowGetResultOptions, WorkflowHandle,
    WorkflowStartOptions, WorkflowTerminateOptions, errors::WorkflowGetResultError,
};
use temporalio_common::{data_converters::RawValue, protos::temporal::api::history::v1::HistoryEvent};

/// The stage; everything on it ends with it.
pub(crate) struct Stage {
    server: RunningServer,
    client: Client,
    _model: Process,
    model_url: String,
    python: Option<Python>,
    names: AtomicU32,
    /// Last, so that the server is gone before its database is.
    _folder: tempfile::TempDir,
}

/// A worker at work.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) engine: Engine,
    pub(crate) process: Process,
    task_queue: String,
}

/// A conversation that has been started.
pub(crate) struct Conversation(WorkflowHandle<Client, UntypedWorkflow>);

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Done,
    /// By the server, because its history was too large.
    Terminated,
    /// By us, because it took too long.
    TooSlow,
    /// By itself; standard error says why.
    Failed,
}

impl Stage {
    pub(crate) async fn set() -> Result<Self> {
        let python = Python::find().await;
        let folder = tempfile::tempdir()?;
        let server = DevServer::ephemeral().database(folder.path().join("temporal.db")).start().await?;
        let client = connect(server.address()).await?;
        let (model, model_url) = Process::serving(itself(["model"])?).await?;
        let names = AtomicU32::default();
        Ok(Self { server, client, _model: model, model_url, python, names, _folder: folder })
    }

    /// The engines that can be measured here.
    pub(crate) fn engines(&self) -> Vec<Engine> {
        Engine::ALL.into_iter().filter(|engine| *engine != Engine::Python || self.python.is_some()).collect()
    }

    pub(crate) fn python(&self) -> Option<&Python> {
        self.python.as_ref()
    }

    /// A name that nothing else here has.
    pub(crate) fn name(&self, of: impl std::fmt::Display) -> String {
        format!("{of}-{}", self.names.fetch_add(1, Ordering::Relaxed))
    }

    /// Starts a worker of this engine for a task queue.
    pub(crate) fn hire(&self, engine: Engine, task_queue: String) -> Result<Worker> {
        let place = Place::new(self.server.address(), &task_queue, &self.model_url);
        let mut command = match (engine, &self.python) {
            (Engine::Python, Some(python)) => python.worker(&place),
            (Engine::Python, None) => return Err("there is no Python here".into()),
            _ => itself(["work", engine.name()].into_iter().chain(place.words()))?,
        };
        // What its SDK has to say is for those who look into a failure, and no part of the tables.
        command.stdout(Stdio::null());
        Ok(Worker { engine, process: Process::start(command)?, task_queue })
    }

    /// Starts a worker of each engine and lets each have a conversation, so that all are warm.
    pub(crate) async fn hire_all(&self) -> Result<Vec<Worker>> {
        let mut workers = Vec::new();
        for engine in self.engines() {
            let worker = self.hire(engine, self.name(engine))?;
            let end = self.converse(&worker, Plan { turns: 8, bytes: 100 }).await?.end(Duration::from_mins(1)).await;
            if end != End::Done {
                return Err(format!("{engine} cannot have a conversation").into());
            }
            workers.push(worker);
        }
        Ok(workers)
    }

    /// Starts a conversation for a worker.
    pub(crate) async fn converse(&self, worker: &Worker, plan: Plan) -> Result<Conversation> {
        self.start(&worker.task_queue, plan).await
    }

    /// Starts a conversation on a task queue, whether or not anyone works there yet.
    pub(crate) async fn start(&self, task_queue: &str, plan: Plan) -> Result<Conversation> {
        let options = WorkflowStartOptions::new(task_queue, self.name("conversation")).build();
        let input = RawValue::from_value(&plan, self.client.data_converter().payload_converter());
        Ok(Conversation(self.client.start_workflow(UntypedWorkflow::new(WORKFLOW), input, options).await?))
    }

    /// Replays a finished conversation in a process of its own; returns the milliseconds of each time.
    pub(crate) async fn replay(&self, engine: Engine, conversation: &Conversation, times: u32) -> Result<Vec<f64>> {
        let (address, workflow) = (self.server.address(), conversation.id());
        let mut command = match (engine, &self.python) {
            (Engine::Python, Some(python)) => python.replay(address, workflow, times),
            _ => itself(["replay", engine.name(), address, workflow, &times.to_string()])?,
        };
        let output = command.stderr(Stdio::inherit()).output().await?;
        // An SDK may have said something in between.
        let printed = String::from_utf8(output.stdout)?;
        Ok(printed.lines().filter_map(|line| line.parse().ok()).collect())
    }
}

impl Conversation {
    /// Waits for the end, for so long at most.
    pub(crate) async fn end(&self, patience: Duration) -> End {
        let result = self.0.get_result(WorkflowGetResultOptions::default());
        match tokio::time::timeout(patience, result).await {
            Ok(Ok(_)) => End::Done,
            Ok(Err(WorkflowGetResultError::Terminated { .. })) => End::Terminated,
            Ok(Err(error)) => {
                eprintln!("A conversation failed: {error}");
                End::Failed
            }
            Err(_) => {
                // It may have ended in this moment, which is as good.
                let _ = self.0.terminate(WorkflowTerminateOptions::builder().reason("too slow").build()).await;
                End::TooSlow
            }
        }
    }

    pub(crate) async fn recorded(&self) -> Result<Recorded> {
        let first_run = self.0.run_id().ok_or("the server named no run")?;
        Recorded::fetch(self.0.client(), self.id(), first_run).await
    }

    /// The events of its only run.
    pub(crate) async fn events(&self) -> Result<Vec<HistoryEvent>> {
        Ok(self.0.fetch_history(WorkflowFetchHistoryOptions::default()).into_events().await?)
    }

    fn id(&self) -> &str {
        &self.0.info().workflow_id
    }
}
