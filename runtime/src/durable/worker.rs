//! A worker: polls a task queue and runs what is on it.

use super::{
    Client, Site,
    activity::Activities,
    hosted::Hosted,
    limits::{EAGER_ACTIVITIES, HEARTBEAT_INTERVAL, STICKY_TIMEOUT},
    named,
};
use crate::{Result, error::Error, workflow::Workflow};
use futures::channel::oneshot;
use std::{
    fmt,
    future::Future,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};
use temporalio_sdk::{Runtime, WorkerOptions, runtime::RuntimeOptions, workflow_replayer::WorkflowReplayerOptions};

/// How long activities may go on after a worker was asked to stop; then they are cancelled and tried elsewhere.
const GRACE: Duration = Duration::from_secs(10);

/// How long a dropped worker is given to end, which takes it milliseconds when it has nothing in hand.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// A workflow, ready to be registered with a worker or a replayer.
#[derive(Clone)]
pub(crate) struct Hosting {
    pub(crate) name: &'static str,
    register: fn(&mut WorkerOptions, Arc<Site>),
    replay: fn(&mut WorkflowReplayerOptions, Arc<Site>),
}

impl Hosting {
    // Two registrations of one name are refused before either is reached, so there is nothing to report here.
    pub(crate) fn of<W: Workflow>(name: &'static str) -> Self {
        Self {
            name,
            register: |options, site| {
                let _ = options.register_workflow_with_factory(move || Hosted::<W>::new(Arc::clone(&site)));
            },
            replay: |options, site| {
                let _ = options.register_workflow_with_factory(move || Hosted::<W>::new(Arc::clone(&site)));
            },
        }
    }

    fn register(&self, options: &mut WorkerOptions, site: Arc<Site>) {
        named::with(self.name, || (self.register)(options, site));
    }

    pub(super) fn replay(&self, options: &mut WorkflowReplayerOptions, site: Arc<Site>) {
        named::with(self.name, || (self.replay)(options, site));
    }
}

/// A worker that is checked and connected, and not yet running.
pub struct Worker {
    client: Client,
    site: Arc<Site>,
    workflows: Vec<Hosting>,
    has_activities: bool,
}

impl Worker {
    pub(crate) fn new(client: Client, site: Arc<Site>, workflows: Vec<Hosting>) -> Self {
        Self { client, site, workflows, has_activities: true }
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

    fn options(&self) -> Result<WorkerOptions, WorkerError> {
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
        let mut options = WorkerOptions::new(self.client.task_queue())
            .sticky_queue_schedule_to_start_timeout(STICKY_TIMEOUT)
            .graceful_shutdown_period(GRACE)
            // The activities of a task come back with the answer to it, as many as there are places kept for them.
            .max_eager_activity_reservations_per_workflow_task(EAGER_ACTIVITIES)
            // By default the SDK holds heartbeats back for most of their timeout, and a hiccup looks like a death.
            .max_heartbeat_throttle_interval(HEARTBEAT_INTERVAL)
            .build();
        for hosting in &self.workflows {
            hosting.register(&mut options, Arc::clone(&self.site));
        }
        if self.has_activities {
            options.register_activities(Activities(Arc::clone(&self.site)));
        }
        Ok(options)
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
        RunningWorker { stopper: Some(stopper), finished, gone }
    }

    /// What to tell whoever starts a worker: where it polls, and how to give it something to do.
    #[must_use]
    pub fn banner(&self) -> String {
        let client = &self.client;
        let mut text = format!("steadfast: worker on task queue `{}` is ready\n", client.task_queue());
        text.push_str(&format!("  server  {} (namespace {})\n", client.address(), client.namespace()));
        if let Some(ui) = client.ui() {
            text.push_str(&format!("  UI      {ui}\n"));
        }
        for Hosting { name, .. } in &self.workflows {
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
            .field("workflows", &self.workflows.iter().map(|hosting| hosting.name).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

async fn run(
    client: &Client,
    options: Result<WorkerOptions, WorkerError>,
    stop: oneshot::Receiver<()>,
) -> Result<(), WorkerError> {
    let options = options?;
    let runtime = Runtime::from_current_tokio(RuntimeOptions::default()).map_err(WorkerError::new)?;
    let mut worker =
        temporalio_sdk::Worker::new(&runtime, client.temporal().clone(), options).map_err(WorkerError::new)?;
    let shut_down = worker.shutdown_handle();
    let stopping = async {
        // A dropped handle stops the worker as well.
        let _ = stop.await;
        shut_down();
        std::future::pending::<()>().await;
    };
    tokio::select! {
        result = worker.run() => result.map_err(WorkerError::new),
        () = stopping => Ok(()),
    }
}

/// A worker that runs in the background. Dropping it stops the worker; to wait until what is in hand is finished, call
/// [`stop`](Self::stop).
#[derive(Debug)]
pub struct RunningWorker {
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
    /// When the worker had broken down.
    pub async fn stop(mut self) -> Result<()> {
        self.stopper = None;
        self.ended().await
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
