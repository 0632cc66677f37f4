//! An app: the workflows, agents, state and providers that belong together, and the ways to run them.

mod roles;
mod start;

use crate::{
    Result,
    agent::{Agent, AnyHooks, hooks::Hooks},
    conversation::AgentWorkflow,
    durable::{
        self, ByReference, Client, DevServer, History, Hosting, Replayed, Replayer, Site, Sizes, Target, Worker,
        codec::{Chain, Offload, PayloadCodec, blobs::Blobs},
    },
    effects,
    inline::Inline,
    model::{Prices, Provider, Providers, ToolDefinition},
    registry::{Registry, StartupError},
    roles::{Plan, Role, Unit, WorkerSettings},
    tool::{Activity, AnyTool, DynamicTool, Tool, Toolbox, schema::SchemaError},
    workflow::{Reach, Workflow, WorkflowFn},
};
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc};
use tokio::sync::OnceCell;

/// What belongs together: workflows, the agents and tools they lead to, state, providers, and a task queue.
///
/// ```no_run
/// use steadfast::prelude::*;
///
/// #[workflow]
/// async fn greet(name: String) -> String {
///     format!("Hello, {name}!")
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<()> {
///     App::new("greetings").workflow(greet).main().await
/// }
/// ```
///
/// An app is checked as a whole when its worker starts: what is missing, doubled or cannot work is reported in one
/// [`StartupError`], before anything runs.
pub struct App {
    name: String,
    task_queue: String,
    workflows: Vec<Hosting>,
    reach: Reach,
    toolbox: Toolbox,
    providers: Providers,
    prices: Prices,
    hooks: Option<AnyHooks>,
    checks_determinism: bool,
    target: Target,
    by_reference: ByReference,
    codec: Option<Chain>,
    blobs: Option<Blobs>,
    client: OnceCell<Client>,
    roles: Vec<Role>,
    /// Task queues that other programs serve.
    elsewhere: Vec<String>,
    settings: WorkerSettings,
    /// What is wrong already, before anything was put together.
    problems: Vec<String>,
}

impl App {
    /// An empty app. Its name is also its task queue, unless [`task_queue`](Self::task_queue) says otherwise.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            task_queue: name.clone(),
            name,
            workflows: Vec::new(),
            reach: Reach::default(),
            toolbox: Toolbox::default(),
            providers: Providers::default(),
            prices: Prices::default(),
            hooks: None,
            checks_determinism: cfg!(debug_assertions),
            target: Target::default(),
            by_reference: ByReference::default(),
            codec: None,
            blobs: None,
            client: OnceCell::new(),
            roles: Vec::new(),
            elsewhere: Vec::new(),
            settings: WorkerSettings::new(),
            problems: Vec::new(),
        }
    }

    /// Adds a workflow, with the agents and tools that its body uses.
    #[must_use]
    pub fn workflow<A, F: WorkflowFn<A>>(mut self, _: F) -> Self {
        F::Workflow::reach(&mut self.reach);
        self.workflows.push(Hosting::of::<F::Workflow>(F::Workflow::NAME));
        self
    }

    /// Adds an agent, with its tools and the agents it may hand over to: one that no workflow's body names, or that is to be
    /// a workflow of its own. It goes by its name, and is asked once ([`start_agent`](Self::start_agent)) or talked to
    /// ([`start_conversation`](Self::start_conversation)); no code has to be written for it.
    ///
    /// An agent whose fields do not travel as JSON, or that is generic, is no workflow.
    #[must_use]
    pub fn agent<A: Agent>(mut self) -> Self {
        self.reach.agent(A::SPEC);
        let is_new = !self.reach.startable.iter().any(|(known, _)| known.place() == A::SPEC.place());
        if let Some(def) = A::as_workflow().filter(|_| is_new) {
            self.reach.startable.push((A::SPEC, def));
            self.workflows.push(Hosting::of::<AgentWorkflow>(A::SPEC.name()));
        }
        self
    }

    /// Adds a tool, or the tools of an `impl` block, that no agent lists and no workflow's body calls.
    #[must_use]
    pub fn tool<T: Tool>(mut self) -> Self {
        self.reach.tools(T::DEFS);
        self
    }

    /// Adds an activity that no workflow's body spells out a call of.
    #[must_use]
    pub fn activity<A: Activity>(mut self) -> Self {
        self.reach.tool(A::DEF);
        self
    }

    /// Adds a tool that was made while the program runs.
    #[must_use]
    pub fn dynamic_tool(mut self, tool: DynamicTool) -> Self {
        self.reach.any_tool(AnyTool::Dynamic(Arc::new(tool)));
        self
    }

    /// Registers a value for the tools that take a `State` of its type.
    #[must_use]
    pub fn state<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        if !self.toolbox.states.insert(value) {
            let name = std::any::type_name::<T>();
            self.problems.push(format!("there are two states of type `{name}`; wrap one in a type of its own"));
        }
        self
    }

    /// Registers a provider of models, for names like `ollama/llama3.2`. The provider `openai` is there already and
    /// serves names without a slash; registering another under that name replaces it.
    #[must_use]
    pub fn provider(mut self, name: impl Into<String>, provider: Provider) -> Self {
        self.providers.add(name, provider);
        self
    }

    /// Says what models cost, so that a run's [`Usage`](crate::model::Usage) has a cost, and
    /// [`Budget::cost`](crate::Budget::cost) a meaning. What an answer costs is reckoned by the worker that gets it, at the
    /// prices it has, and recorded with the answer.
    #[must_use]
    pub fn prices(mut self, prices: Prices) -> Self {
        self.prices = prices;
        self
    }

    /// Tells these hooks what happens in all runs of the app, in workflows and in this process.
    #[must_use]
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.hooks = Some(AnyHooks::of(hooks));
        self
    }

    /// Has workers look whether a workflow's code does the same when it is run again: a second copy of it is told all that the
    /// first was told, now and then, and has to ask for the same. If it does not, the workflow's task fails, with a message
    /// that names the step, until the code is mended; so a mistake shows while it is being made, and not when a worker
    /// has died. It is on in builds with debug assertions, and costs about as much as running the code twice.
    ///
    /// The code also finds a tokio runtime around itself then that has no timers and no sockets, and does nothing: a task that
    /// it spawns (`tokio::spawn`, `spawn_blocking`), a `tokio::time::sleep` or a connection fails the workflow's task at once,
    /// and is named. So does what it only sets going: a static that spawns when it is first used, a `tracing` layer that sends
    /// what the code logs. Hooks, tools that are not inline and what is in [`workflow::unchecked`](crate::workflow::unchecked)
    /// and [`workflow::log`](crate::workflow::log) have the worker's.
    ///
    /// What it cannot see: a difference that no step shows, as a log; what differs only between processes, such as the
    /// environment or a file; threads of the standard library and tasks of `spawn_local` that are not waited for; and what an
    /// agent's run is made of, which is one step.
    #[must_use]
    pub fn check_determinism(mut self, checks: bool) -> Self {
        self.checks_determinism = checks;
        self
    }

    /// Uses another task queue than one named like the app.
    #[must_use]
    pub fn task_queue(mut self, name: impl Into<String>) -> Self {
        self.task_queue = name.into();
        self
    }

    /// Says where the Temporal server is. By default the environment does (`TEMPORAL_ADDRESS` and the rest of
    /// Temporal's own configuration), and when it is silent, a local dev server is found, installed or started.
    #[must_use]
    pub fn target(mut self, target: Target) -> Self {
        self.target = target;
        self
    }

    /// Sets from what size on a worker of this app sends conversations by reference, and how much it keeps of them.
    ///
    /// Conversations are never recorded again at each turn; this only says when a worker looks them up, and how much
    /// memory it may use so that it need not ask the workflow.
    #[must_use]
    pub fn by_reference(mut self, thresholds: ByReference) -> Self {
        self.by_reference = thresholds;
        self
    }

    /// Encodes everything that the server records of this app, and decodes it again: compression, encryption. Several are
    /// applied in the order they are added. All workers and clients of a workflow need the same.
    #[must_use]
    pub fn codec(mut self, codec: impl PayloadCodec + Send + Sync + 'static) -> Self {
        self.codec = Some(self.codec.unwrap_or_default().then(codec));
        self
    }

    /// Keeps what is large in a blob store, and lets the server record its address: inputs, results, answers, whatever
    /// is over the store's threshold. Without one, what is over the server's limit of 2 MiB is refused.
    ///
    /// Of a tool's large result, the model that asked for it sees the beginning, and the address under which the store
    /// has the whole text. Code that calls the tool gets the whole result.
    #[must_use]
    pub fn blobs(mut self, blobs: Blobs) -> Self {
        self.blobs = Some(blobs);
        self
    }

    /// Uses this dev server.
    #[must_use]
    pub fn dev_server(self, server: DevServer) -> Self {
        self.target(Target::dev_server(server))
    }

    /// Runs a future in this process, without a server, with the app's state and providers: for tests, and for
    /// programs that need no durability.
    pub async fn inline<F: IntoFuture>(&self, future: F) -> F::Output {
        let inline = Inline {
            providers: Arc::new(self.providers.clone()),
            tools: self.reach.registered(),
            toolbox: self.toolbox.clone(),
            catalogue: Arc::default(),
            prices: Arc::new(self.prices.clone()),
            hooks: self.hooks.clone(),
        };
        effects::within(Arc::new(inline), future.into_future()).await
    }

    /// Connects to the server, once.
    ///
    /// # Errors
    /// When the server cannot be reached, or no dev server can be found or installed.
    pub async fn client(&self) -> Result<&Client> {
        self.client
            .get_or_try_init(|| async {
                let target = match self.whole_codec() {
                    Some(codec) => self.target.clone().codec(codec),
                    None => self.target.clone(),
                };
                let connected = target.connect().await?;
                let client = Client::new(connected, self.task_queue.clone(), Sizes::with(self.blobs.as_ref()));
                let of_roles = self.roles.iter().any(|role| role.settings.deployment.is_some());
                Ok(if of_roles || self.settings.deployment.is_some() { client.versioned() } else { client })
            })
            .await
    }

    /// Checks the app and makes a worker for all of it: for its queue, and for each that its agents, tools and roles have.
    ///
    /// # Errors
    /// A [`StartupError`] when something about the app is wrong; and when the server cannot be reached.
    pub async fn worker(&self) -> Result<Worker> {
        self.worker_of(self.check(None)?).await
    }

    async fn worker_of(&self, (registry, units): (Arc<Registry>, Vec<Unit>)) -> Result<Worker> {
        let client = self.client().await?.clone();
        let site = Site::new(registry, self.by_reference, self.blobs.clone());
        Ok(Worker::new(client, site, self.workflows.clone(), units))
    }

    /// Checks the app without connecting: everything that would stop a worker from starting.
    ///
    /// # Errors
    /// When anything is missing, doubled or cannot work; all problems are in the one error.
    pub fn validate(&self) -> Result<(), StartupError> {
        self.check(None).map(drop)
    }

    /// The schema of every tool as models see it, by the tool's name: to be printed, reviewed, and kept beside the code,
    /// so that a change of it shows.
    ///
    /// ```
    /// use steadfast::prelude::*;
    ///
    /// /// Adds two numbers.
    /// #[tool]
    /// fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// let schemas = App::new("sums").tool::<add>().schemas()?;
    /// assert_eq!(schemas["add"]["parameters"]["required"], serde_json::json!(["a", "b"]));
    /// # Ok::<(), steadfast::StartupError>(())
    /// ```
    ///
    /// # Errors
    /// When an argument has no schema; all that is wrong with the app is in the one error.
    pub fn schemas(&self) -> Result<Value, StartupError> {
        let (registry, _, found) = self.registry(None);
        let tools: Result<Map<String, Value>, SchemaError> = registry
            .tools()
            .values()
            .filter(|tool| !tool.is_activity())
            .map(|tool| {
                let ToolDefinition { name, description, parameters, strict } = tool.definition()?;
                Ok((name, json!({"description": description, "strict": strict, "parameters": parameters})))
            })
            .collect();
        match tools {
            Ok(tools) => Ok(Value::Object(tools)),
            Err(_) => Err(StartupError { app: self.name.clone(), problems: found }),
        }
    }

    /// Runs a worker until the process is asked to stop (Ctrl-C or SIGTERM). What is in hand is finished first, for
    /// ten seconds at most; asked a second time, the process exits at once.
    ///
    /// In an app with [roles](Self::role), the process has the one that its command line names, as `--role search` or as
    /// the first argument, or else `STEADFAST_ROLE`; without any, it is a worker for the whole app.
    ///
    /// # Errors
    /// As [`worker`](Self::worker), when there is no role of that name, and when the worker breaks down.
    pub async fn main(self) -> Result<()> {
        let worker = self.asked_for().await?;
        eprintln!("{}", worker.banner());
        let asked_twice = async {
            durable::asked_to_stop().await;
            durable::asked_to_stop().await;
        };
        tokio::select! {
            ended = worker.run_until(durable::asked_to_stop()) => ended,
            // A plain tool that hangs cannot be stopped, and the runtime would wait for it for ever.
            () = asked_twice => std::process::exit(130),
        }
    }

    /// Runs today's code of the app's workflows against a recorded history: whether a run that began with older code
    /// would go on. For all histories of a folder, see
    /// [`Replayer::replay_dir`].
    ///
    /// # Errors
    /// A [`ReplayError`](crate::ReplayError) when the code does something else than what was recorded, or the app has no
    /// such workflow.
    pub async fn replay(&self, history: &History) -> Result<Replayed> {
        Ok(self.replayer().replay(history).await?)
    }

    /// Replays histories with the workflows that the app has now. It calls no model and no tool, so it needs no key, no state
    /// and no server.
    #[must_use]
    pub fn replayer(&self) -> Replayer {
        Replayer::new(self.workflows.clone(), self.registry(None).0, self.whole_codec(), self.blobs.clone())
    }

    /// What is done to every payload; addresses take the place of what all the others have made.
    fn whole_codec(&self) -> Option<Chain> {
        match (&self.codec, &self.blobs) {
            (codec, None) => codec.clone(),
            (codec, Some(blobs)) => Some(codec.clone().unwrap_or_default().then(Offload::new(blobs.clone()))),
        }
    }

    fn registry(&self, role: Option<&str>) -> (Registry, Plan, Vec<String>) {
        let (plan, mut problems) = self.plan(role);
        let (providers, prices) = (Arc::new(self.providers.clone()), Arc::new(self.prices.clone()));
        let (mut registry, found) = Registry::new(&self.reach, &plan, self.toolbox.clone(), providers, prices);
        problems.extend(found);
        registry.hooks.clone_from(&self.hooks);
        registry.runs_again = self.checks_determinism;
        registry.workflows = Arc::new(self.workflows.iter().map(|hosting| hosting.name).collect());
        (registry, plan, problems)
    }

    /// Whether a process can have the role, or all of them.
    fn check(&self, role: Option<&str>) -> Result<(Arc<Registry>, Vec<Unit>), StartupError> {
        let (registry, plan, found) = self.registry(role);
        let mut problems = [self.problems.clone(), found].concat();
        if self.task_queue.trim().is_empty() {
            problems.push("the task queue has no name; give `App::new` or `.task_queue(..)` one".to_owned());
        }
        if self.workflows.is_empty() && !registry.has_agents() && registry.tools().is_empty() {
            problems.push("there is nothing to run; add a workflow with `.workflow(..)`".to_owned());
        }
        let names: Vec<&str> = self.workflows.iter().map(|hosting| hosting.name).collect();
        for (index, name) in names.iter().enumerate() {
            if names[..index].contains(name) {
                problems.push(format!(
                    "there are two workflows named `{name}`; add one only once, and give another a name of its own with \
                     `#[workflow(name = \"..\")]`, or `#[agent(name = \"..\")]` if it is an agent"
                ));
            }
        }
        if problems.is_empty() {
            Ok((Arc::new(registry), plan.units))
        } else {
            Err(StartupError { app: self.name.clone(), problems })
        }
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("App").field("name", &self.name).field("task_queue", &self.task_queue).finish_non_exhaustive()
    }
}
