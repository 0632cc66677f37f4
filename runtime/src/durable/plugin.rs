//! An app as a part of somebody else's worker: Temporal's own options, with our workflows, activities and codec in them.

use super::{
    Site,
    activity::Activities,
    codec::{self, Chain},
    limits::HEARTBEAT_INTERVAL,
    within::Installs,
    worker::Hosting,
};
use crate::{
    roles::Unit,
    workflow::{Workflow, WorkflowFn},
};
use std::{fmt, marker::PhantomData, sync::Arc};
use temporalio_client::{ClientOptions, ClientPlugin, ErasedClientPlugin, PluginError};
use temporalio_common::{HasWorkflowDefinition, WorkflowDefinition};
use temporalio_sdk::{
    ClientAndWorkerPlugin, WorkerOptions, WorkerPlugin, WorkflowRegistrationError,
    workflow_interceptors::WorkflowInterceptorConstructor, workflow_replayer::WorkflowReplayerOptions,
};

/// An app for a worker that you make yourself, with Temporal's SDK: made by [`App::plugin`](crate::App::plugin).
///
/// ```no_run
/// use steadfast::prelude::*;
/// use temporalio_client::{Client, ClientOptions, Connection, ConnectionOptions};
/// use temporalio_sdk::{Runtime, Worker, WorkerOptions};
///
/// # #[workflow]
/// # async fn weekend(wish: String) -> String { wish }
/// # async fn run(runtime: Runtime, connection: Connection) -> Result<(), Box<dyn std::error::Error>> {
/// let trips = App::new("trips").workflow(weekend).plugin()?;
/// // The client has the app's codec, and gives the rest to each of its workers.
/// let client = Client::new(connection, ClientOptions::new("default").plugin(trips).build())?;
/// let options = WorkerOptions::new("trips"); // with .register_workflow::<Yours>() and .register_activities(yours)
/// Worker::new(&runtime, client, options.build())?.run().await?;
/// # Ok(())
/// # }
/// ```
///
/// Where the client is not yours to make, `.worker_plugin(app.plugin()?)` does the same for one worker; then the client needs
/// the app's codec and blob store, if it has any. Give it to one of the two, and not to both.
///
/// # What it does
///
/// - A worker whose task queue is one of the app's (its own, or that of a [`Role`](crate::Role), an agent or a tool) gets
///   the activities, and on the app's own queue the workflows. A worker of any other queue is refused, with the queues' names:
///   what is meant for the app would wait there for ever.
/// - Slots, rates and pollers stay as you have set them. Heartbeats are sent at least every two seconds, which is what our
///   timeouts reckon with.
/// - The client gets the app's codec in place of what it has, if the app has one.
///
/// The traits that it implements are experimental in the SDK, which is why it is behind the feature `temporal-sdk`.
#[derive(Clone)]
pub struct Plugin {
    app: String,
    site: Arc<Site>,
    workflows: Vec<Hosting>,
    units: Vec<Unit>,
    codec: Option<Chain>,
}

impl Plugin {
    pub(crate) fn new(
        app: &str,
        site: Arc<Site>,
        workflows: Vec<Hosting>,
        units: Vec<Unit>,
        codec: Option<Chain>,
    ) -> Self {
        Self { app: app.to_owned(), site, workflows, units, codec }
    }

    fn unit(&self, queue: &str) -> Result<&Unit, NotOfTheApp> {
        self.units.iter().find(|unit| unit.queue == queue).ok_or_else(|| {
            let queues: Vec<_> = self.units.iter().map(|unit| format!("`{}`", unit.queue)).collect();
            NotOfTheApp { app: self.app.clone(), queue: queue.to_owned(), queues: queues.join(", ") }
        })
    }
}

/// A workflow of this crate as Temporal's SDK names one, for clients and for parents that are written with it:
/// `context.start_child_workflow(temporal::definition(weekend), wish, options)`. Without an input, it is `()`.
#[must_use]
pub fn definition<A, F: WorkflowFn<A>>(_: F) -> Definition<F::Workflow> {
    Definition(PhantomData)
}

/// What [`definition`] gives.
pub struct Definition<W>(PhantomData<fn() -> W>);

impl<W: Workflow> WorkflowDefinition for Definition<W> {
    type Input = W::Input;
    type Output = W::Output;

    fn name(&self) -> &str {
        W::NAME
    }
}

impl<W: Workflow> HasWorkflowDefinition for Definition<W> {
    type Run = Self;
}

impl<W: Workflow> fmt::Debug for Definition<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Definition({})", W::NAME)
    }
}

/// A worker of a queue that the app has nothing to do with.
#[derive(Debug, thiserror::Error)]
#[error(
    "a worker of the task queue `{queue}` cannot serve the app `{app}`, which has {queues}; give one of both the other's name"
)]
struct NotOfTheApp {
    app: String,
    queue: String,
    queues: String,
}

/// A workflow of the app that has the name of one that the worker has already.
#[derive(Debug, thiserror::Error)]
#[error("a workflow of the app `{app}` cannot be registered: {reason}; give one another name")]
struct NameTaken {
    app: String,
    reason: WorkflowRegistrationError,
}

impl ClientPlugin for Plugin {
    #[expect(clippy::unnecessary_literal_bound, reason = "the trait's own signature")]
    fn name(&self) -> &str {
        "steadfast"
    }

    fn configure_client_options(&self, options: &mut ClientOptions) -> Result<(), PluginError> {
        if let Some(codec) = self.codec.clone() {
            options.data_converter = codec::converter(codec);
        }
        Ok(())
    }
}

impl WorkerPlugin for Plugin {
    fn name(&self) -> &str {
        ClientPlugin::name(self)
    }

    fn configure_worker_options(&self, options: &mut WorkerOptions) -> Result<(), PluginError> {
        let unit = self.unit(&options.task_queue).map_err(PluginError::new)?;
        for hosting in self.workflows.iter().filter(|_| unit.has_workflows) {
            hosting.register(options, Arc::clone(&self.site)).map_err(|reason| self.taken(reason))?;
        }
        options.register_activities(Activities(Arc::clone(&self.site)));
        options.workflow_interceptor(self.installs());
        options.max_heartbeat_throttle_interval = options.max_heartbeat_throttle_interval.min(HEARTBEAT_INTERVAL);
        Ok(())
    }

    fn configure_workflow_replayer_options(&self, options: &mut WorkflowReplayerOptions) -> Result<(), PluginError> {
        if let Some(codec) = self.codec.clone() {
            options.data_converter = codec::converter(codec);
        }
        for hosting in &self.workflows {
            hosting.replay(options, Arc::clone(&self.site)).map_err(|reason| self.taken(reason))?;
        }
        options.workflow_interceptor(self.installs());
        Ok(())
    }
}

impl Plugin {
    /// Lets the worker's other workflows find the app.
    fn installs(&self) -> WorkflowInterceptorConstructor {
        let installs = Installs::of(&self.site);
        WorkflowInterceptorConstructor::new(move |_| installs.clone())
    }

    fn taken(&self, reason: WorkflowRegistrationError) -> PluginError {
        PluginError::new(NameTaken { app: self.app.clone(), reason })
    }
}

/// For a client, which gives it to its workers.
impl From<Plugin> for ErasedClientPlugin {
    fn from(plugin: Plugin) -> Self {
        ClientAndWorkerPlugin::new(plugin).into()
    }
}

impl fmt::Debug for Plugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plugin").field("app", &self.app).finish_non_exhaustive()
    }
}
