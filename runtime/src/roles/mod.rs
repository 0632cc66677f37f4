//! Roles: which process of an app serves what, each from a task queue of its own.

mod asked;
mod plan;
mod planning;
mod settings;

pub use settings::{Versioning, WorkerSettings};

pub(crate) use asked::{VARIABLE, asked_for, known};
pub(crate) use plan::{Plan, Queues, Unit, Wanted};
pub(crate) use settings::Deployed;

use crate::{
    agent::{Agent, AgentSpec},
    tool::{Activity, Guardrail, Tool},
    workflow::Reach,
};
use std::fmt;

/// A part of an app that its own processes serve: workflows, the model calls of some agents, some tools.
///
/// ```no_run
/// use steadfast::{Role, prelude::*};
///
/// /// Looks something up.
/// #[tool]
/// async fn search(subject: String) -> String {
///     subject
/// }
///
/// #[agent(model = "gpt-5.6-luna", tools = [search])]
/// struct Planner;
///
/// #[workflow]
/// async fn report(question: String) -> Result<String> {
///     Ok(Planner.run(question).await?.output)
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<()> {
///     App::new("desk")
///         .workflow(report)
///         .role(Role::named("planner").workflows().agent::<Planner>())
///         .role(Role::named("search").tool::<search>().rate_limit(5.0).slots(4))
///         .main() // `desk --role search`, `desk search` or `STEADFAST_ROLE=search`; none: everything in this process
///         .await
/// }
/// ```
///
/// # Rules
///
/// - A role is a task queue: the app's own for the role with the workflows, `desk-search` for the role `search` of the app
///   `desk`, or what [`task_queue`](Self::task_queue) says.
/// - Whatever the app has belongs to exactly one role; a worker of the app does not start otherwise, and says what is
///   missing or doubled. Tools that are [local](macro@crate::tool) or inline run where the workflows are.
/// - A role decides where calls wait, and not what a worker can do: who is asked for a tool of the app runs it, if it has the
///   states that the tool needs. So a tool can move to another role while runs are in flight.
/// - While no process of a role runs, what is asked of it waits on the queue, and everything else goes on.
#[must_use]
pub struct Role {
    name: String,
    task_queue: Option<String>,
    has_workflows: bool,
    agents: Vec<&'static AgentSpec>,
    has_other_agents: bool,
    tools: Vec<String>,
    has_other_tools: bool,
    pub(crate) settings: WorkerSettings,
    /// What the app has by being told of the role.
    reach: Reach,
}

impl Role {
    /// A role of this name, which serves nothing yet.
    pub fn named(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            task_queue: None,
            has_workflows: false,
            agents: Vec::new(),
            has_other_agents: false,
            tools: Vec::new(),
            has_other_tools: false,
            settings: WorkerSettings::new(),
            reach: Reach::default(),
        }
    }

    /// Runs the app's workflows, with its local tools, and the model calls of agents that are made at run time.
    pub fn workflows(mut self) -> Self {
        self.has_workflows = true;
        self
    }

    /// Makes the model calls of this agent. Its tools are no part of it; they have roles of their own. The workflow that an
    /// agent is by itself is the app's affair, [`App::agent`](crate::App::agent), and runs where the workflows do.
    pub fn agent<A: Agent>(mut self) -> Self {
        self.agents.push(A::SPEC);
        self.reach.agent(A::SPEC);
        self
    }

    /// Makes the model calls of all agents that no other role names.
    pub fn other_agents(mut self) -> Self {
        self.has_other_agents = true;
        self
    }

    /// Runs this tool, or the tools of an `impl` block.
    pub fn tool<T: Tool>(mut self) -> Self {
        self.tools.extend(T::DEFS.iter().map(|def| def.name.to_owned()));
        self.reach.tools(T::DEFS);
        self
    }

    /// Runs this activity.
    pub fn activity<A: Activity>(self) -> Self {
        self.tool::<A>()
    }

    /// Runs this guardrail.
    pub fn guardrail<G: Guardrail>(mut self) -> Self {
        self.tools.push(G::GUARD.def.name.to_owned());
        self.reach.tool(G::GUARD.def);
        self
    }

    /// Runs the tool of this name, which was made while the program runs and is registered with the app.
    pub fn tool_named(mut self, name: impl Into<String>) -> Self {
        self.tools.push(name.into());
        self
    }

    /// Runs all tools and guardrails that no other role names.
    pub fn other_tools(mut self) -> Self {
        self.has_other_tools = true;
        self
    }

    /// Uses this task queue, as workers in other languages may; agents and tools that have it as their `task_queue` then
    /// belong to this role.
    pub fn task_queue(mut self, name: impl Into<String>) -> Self {
        self.task_queue = Some(name.into());
        self
    }

    /// Starts at most so many calls a second on the role's queue, over all its processes; see
    /// [`WorkerSettings::rate_limit`].
    pub fn rate_limit(mut self, per_second: f64) -> Self {
        self.settings = self.settings.rate_limit(per_second);
        self
    }

    /// Makes so many calls at once in each process of the role; see [`WorkerSettings::slots`].
    pub fn slots(mut self, slots: usize) -> Self {
        self.settings = self.settings.slots(slots);
        self
    }

    /// Sets how much a worker of the role takes on. What these do not say, the role's own and then the app's do.
    pub fn settings(mut self, settings: WorkerSettings) -> Self {
        self.settings = settings.or(&self.settings);
        self
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }
}

impl fmt::Debug for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Role").field("name", &self.name).field("task_queue", &self.task_queue).finish_non_exhaustive()
    }
}
