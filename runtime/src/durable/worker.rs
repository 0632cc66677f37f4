//! A worker: polls task queues and runs what is on them.

use super::{Client, Site, activity::Activities, busy, hosted::Hosted, named};
use crate::{Result, error::Error, roles::Unit, workflow::Workflow};
use futures::{channel::oneshot, future::join_all};
use std::{
    fmt,
    future::Future,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};
use temporalio_sdk::{
    Runtime, WorkerOptions, WorkflowRegistrationError, runtime::RuntimeOptions,
    workflow_replayer::WorkflowReplayerOptions,
};

/// How long a dropped worker is given to end, which takes it milliseconds when it has nothing in hand.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// How long a workflow's code may keep its thread when its worker is to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// A workflow, ready to be registered with a worker or a replayer.
#[derive(Clone)]
pub(crate) struct Hosting {
    pub(crate) name: &'static str,
    register: fn(&mut WorkerOptions, Arc<Site>) -> Result<(), WorkflowRegistrationError>,
    replay: fn(&mut WorkflowReplayerOptions, Arc<Site>) -> Result<(), WorkflowRegistrationError>,
}

impl Hosting {
    pub(crate) fn of<W: Workflow>(name: &'static str) -> Self {
        Self {
            name,
            register: |options, site| {
                options.register_workflow_with_factory(move || Hosted::<W>::new(Arc::clone(&site))).map(drop)
            },
            replay: |options, site| {
                options.register_workflow_with_factory(move || Hosted::<W>::new(Arc::clone(&site))).map(drop)
            },
        }
    }

    pub(super) fn register(
        &self,
        options: &mut WorkerOptions,
        site: Arc<Site>,
    ) -> Result<(), WorkflowRegistrationError> {
        named::with(self.name, || (self.register)(options, site))
    }

    pub(super) fn replay(
        &self,
        options: &mut WorkflowReplayerOptions,
        site: Arc<Site>,
    ) -> Result<(), WorkflowRegistrationError> {
        named::with(self.name, || (self.replay)(options, site))
    }
}

/// A worker that is checked and connected, and not yet running: one for each queue that the process serves, all on one
/// connection.
pub struct Worker {
    client: Client,
    site: Arc<Site>,
    workflows: Vec<Hosting>,
    units: Vec<Unit>,
    has_activities: bool,
}

impl Worker {
    pub(crate) fn new(client: Client, site: Arc<Site>, workflows: Vec<Hosting>, units: Vec<Unit>) -> Self {
        Self { client, site, workflows, units, has_activities: true }
    }

    /// Runs no model call and no tool, only workflows: another worker of the same app has to be there for those.
    /// What is to be a local activity cannot run then, since that runs where its workflow is.
    #[must_use]
    pub fn without_activities(mut self) -> Self {
        self.has_activities = false;
        self
    }

    /// Runs no workflow, only model calls and tools: another worker of the same app has to be there for those.
    #[must_use]
    pub fn without_workflows(mut self) -> Self {
        self.workflows.clear();
        self
    }

    /// The task queues it serves, that with the workflows first if there is one.
    #[must_use]
    pub fn task_queues(&self) -> Vec<&str> {
        self.served().map(|unit| unit.queue.as_str()).collect()
    }

    /// The queues that there is something to do on.
    fn served(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter().filter(|unit| self.has_activities || self.runs_workflows(unit))
    }

    fn runs_workflows(&self, unit: &Unit) -> bool {
        unit.has_workflows && !self.workflows.is_empty()
    }

    fn options(&self) -> Result<Vec<WorkerOptions>, WorkerError> {
        let tools = self.site.registry.tools();
        let local = tools.values().find(|tool| tool.options().local);
        if let Some(tool) = local.filter(|_| !self.has_activities) {
            // Its workflow would wait for it for ever.
            return Err(WorkerError(format!(
                "{} `{}` is local, so it runs where its workflow does, and this worker is without activities",
                tool.noun(),
                tool.name()
            )));
        }
        let options: Vec<_> = self.served().map(|unit| self.options_of(unit)).collect();
        if options.is_empty() {
            return Err(WorkerError("there is nothing to do, neither workflows nor activities".to_owned()));
        }
        Ok(options)
    }

    fn options_of(&self, unit: &Unit) -> WorkerOptions {
        let mut options = unit.settings.options(&unit.queue, unit.role.as_deref());
        for hosting in self.workflows.iter().filter(|_| unit.has_workflows) {
            // Two of one name are refused before either is reached.
            let _ = hosting.register(&mut options, Arc::clone(&self.site));
        }
        if self.has_activities {
            // All of them, also where a role has only some: a call that was sent here before its tool moved is made.
            options.register_activities(Activities(Arc::clone(&self.site)));
        }
        options
    }

    /// The server it polls, as `host:port`.
    #[must_use]
    pub fn address(&self) -> &str {
        self.client.address()
    }

    /// The address of the server's UI, where it is known.
    #[must_use]
    pub fn ui(&self) -> Option<&str> {
        self.client.ui()
    }

    /// Runs until `stop` is ready, then finishes what is in hand.
    ///
    /// # Errors
    /// When the worker cannot be made, is refused by the server, or breaks down.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> Result<()> {
        let mut running = self.spawn();
        tokio::select! {
            ended = running.ended() => ended,
            () = stop => running.stop().await,
        }
    }

    /// Runs in the background until it is stopped or its handle is dropped.
    ///
    /// # Panics
    /// Outside a Tokio runtime.
    #[must_use = "the worker stops when its handle is dropped"]
    pub fn spawn(self) -> RunningWorker {
        let (stopper, stop) = oneshot::channel::<()>();
        let (finish, finished) = oneshot::channel();
        let (alive, gone) = mpsc::channel();
        let worker = busy::Worker::of(&self.site);
        let tokio = tokio::runtime::Handle::current();
        // The SDK's worker runs workflows on the thread that polls it; activities go to the runtime's own threads.
        let thread = thread::Builder::new().name("steadfast-worker".to_owned());
        let spawned = thread.spawn(move || {
            let result = tokio.block_on(run(&self.client, self.options(), stop));
            // Whoever holds the handle may never ask.
            if let Err(error) = &result {
                tracing::error!("{error}");
            }
            let _ = finish.send(result);
            drop(alive);
        });
        if let Err(error) = spawned {
            tracing::error!(%error, "the worker's thread cannot be started");
        }
        RunningWorker { worker, stopper: Some(stopper), finished, gone }
    }

    /// What to tell whoever starts a worker: where it polls, and how to give it something to do.
    #[must_use]
    pub fn banner(&self) -> String {
        let client = &self.client;
        let queues = self.task_queues();
        let (role, s) = match &self.units[..] {
            [Unit { role: Some(role), .. }] => (format!("in the role `{role}` "), ""),
            _ => (String::new(), if queues.len() == 1 { "" } else { "s" }),
        };
        let mut text = format!("steadfast: worker {role}on task queue{s} `{}` is ready\n", queues.join("`, `"));
        text.push_str(&format!("  server  {} (namespace {})\n", client.address(), client.namespace()));
        if let Some(ui) = client.ui() {
            text.push_str(&format!("  UI      {ui}\n"));
        }
        let has_workflows = self.units.iter().any(|unit| unit.has_workflows);
        for Hosting { name, .. } in self.workflows.iter().filter(|_| has_workflows) {
            text.push_str(&format!(
                "  start   temporal workflow start --address {} --task-queue {} --type {name} --input '…'\n",
                client.address(),
                client.task_queue()
            ));
        }
        text.push_str("  stop    Ctrl-C");
        text
    }
}

impl fmt::Debug for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("client", &self.client)
            .field("task_queues", &self.task_queues())
            .field("workflows", &self.workflows.iter().map(|hosting| hosting.name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

async fn run(
    client: &Client,
    options: Result<Vec<WorkerOptions>, WorkerError>,
    stop: oneshot::Receiver<()>,
) -> Result<(), WorkerError> {
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).map_err(WorkerError::new)?;
    let make = |options| temporalio_sdk::Worker::new(&runtime, client.temporal().clone(), options);
    let workers: Result<Vec<_>, _> = options?.into_iter().map(make).collect();
    let mut workers = workers.map_err(WorkerError::new)?;
    let shut_downs: Vec<_> = workers.iter().map(temporalio_sdk::Worker::shutdown_handle).collect();
    let shut_down = || shut_downs.iter().for_each(|shut_down| shut_down());
    let stopping = async {
        // A dropped handle stops the worker as well.
        let _ = stop.await;
        shut_down();
        std::future::pending::<()>().await;
    };
    let running = workers.iter_mut().map(|worker| async {
        let ended = worker.run().await;
        // One that has broken down takes the others along: half a worker would look like a whole one.
        shut_down();
        ended.map_err(WorkerError::new)
    });
    tokio::select! {
        ended = join_all(running) => ended.into_iter().collect(),
        () = stopping => Ok(()),
    }
}

/// A worker that runs in the background. Dropping it stops the worker; to wait until what is in hand is finished, call
/// [`stop`](Self::stop).
#[derive(Debug)]
pub struct RunningWorker {
    worker: busy::Worker,
    stopper: Option<oneshot::Sender<()>>,
    finished: oneshot::Receiver<Result<(), WorkerError>>,
    /// Says nothing; it closes when the worker's thread ends.
    gone: mpsc::Receiver<()>,
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.stopper = None;
        let tokio = tokio::runtime::Handle::try_current();
        if tokio.is_ok_and(|tokio| tokio.runtime_flavor() == tokio::runtime::RuntimeFlavor::MultiThread) {
            // The runtime may be the next to go, and a worker that loses it under its feet panics.
            let _ = tokio::task::block_in_place(|| self.gone.recv_timeout(LAST_MOMENT));
        }
    }
}

impl RunningWorker {
    /// Stops the worker, after what is in hand is finished or its time of grace is over.
    ///
    /// # Errors
    /// When the worker had broken down, and when it cannot be stopped, because a workflow's code does not give back its
    /// thread: then it goes on until the process ends.
    pub async fn stop(mut self) -> Result<()> {
        self.stopper = None;
        let (worker, asked) = (self.worker, Instant::now());
        tokio::select! {
            ended = self.ended() => ended,
            (workflow, id) = busy::held_up(worker, asked, PATIENCE) => Err(Error::other(format!(
                "the worker cannot be stopped: workflow `{workflow}` (`{id}`) has not given back its thread for {} seconds; \
                 end the process, and move what blocks or computes for so long into a tool",
                PATIENCE.as_secs()
            ))),
        }
    }

    /// Waits until the worker ends, which by itself it does only when it breaks down.
    ///
    /// # Errors
    /// When it has broken down.
    pub async fn ended(&mut self) -> Result<()> {
        match (&mut self.finished).await {
            Ok(result) => result.map_err(Error::other),
            Err(oneshot::Canceled) => Err(Error::other("the worker's thread is gone")),
        }
    }
}

/// A worker that broke down.
#[derive(Debug, thiserror::Error)]
#[error("the worker stopped: {0}")]
pub struct WorkerError(String);

impl WorkerError {
    fn new(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

/// Ready when the process is asked to stop: Ctrl-C, or SIGTERM where there is such a thing.
pub(crate) async fn asked_to_stop() {
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = tokio::signal::ctrl_c().await;
}
