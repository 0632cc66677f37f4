//! Who serves what: each agent and each tool has one queue, and each queue has one worker of this app.

use super::{Role, WorkerSettings, planning::Planning};
use crate::{
    agent::{AgentSpec, AnySpec},
    tool::AnyTool,
    workflow::Reach,
};
use std::{collections::BTreeMap, sync::Arc};

/// What an app says of its queues.
pub(crate) struct Wanted<'a> {
    /// The queue of its workflows.
    pub(crate) home: &'a str,
    pub(crate) has_workflows: bool,
    pub(crate) roles: &'a [Role],
    /// Queues that other programs serve.
    pub(crate) elsewhere: &'a [String],
    pub(crate) reach: &'a Reach,
    pub(crate) settings: &'a WorkerSettings,
}

/// Which queues a process serves, and where calls go.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) home: String,
    pub(crate) units: Vec<Unit>,
    pub(crate) queues: Arc<Queues>,
}

/// One queue, and how it is served.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) role: Option<String>,
    pub(crate) queue: String,
    pub(crate) has_workflows: bool,
    pub(crate) settings: WorkerSettings,
}

/// On which queue a call waits for a worker. What is not listed waits on its workflow's own.
#[derive(Debug, Default)]
pub(crate) struct Queues {
    pub(super) agents: BTreeMap<&'static str, String>,
    pub(super) tools: BTreeMap<String, String>,
}

impl Queues {
    /// The queue of an agent's model calls.
    pub(crate) fn of_agent(&self, agent: &AnySpec) -> Option<&str> {
        match agent {
            AnySpec::Written(spec) => self.agents.get(spec.name()).map(String::as_str),
            AnySpec::Dynamic(_) => None,
        }
    }

    /// The queue of a tool's calls.
    pub(crate) fn of_tool(&self, tool: &str) -> Option<&str> {
        self.tools.get(tool).map(String::as_str)
    }
}

impl Plan {
    /// Finds a queue for everything, and reports whatever has none, or two.
    pub(crate) fn new(wanted: &Wanted<'_>) -> (Self, Vec<String>) {
        if wanted.roles.is_empty() { Self::without_roles(wanted) } else { Planning::of(wanted).finish() }
    }

    /// What a process of one role does of it; without a name, all of it.
    pub(crate) fn only(mut self, role: Option<&str>) -> Self {
        if let Some(role) = role {
            self.units.retain(|unit| unit.role.as_deref() == Some(role));
        }
        self
    }

    /// Whether this process makes the agent's model calls.
    pub(crate) fn serves_agent(&self, spec: &'static AgentSpec) -> bool {
        self.serves(self.queues.of_agent(&AnySpec::Written(spec)))
    }

    /// Whether this process runs the tool.
    pub(crate) fn serves_tool(&self, tool: &AnyTool) -> bool {
        self.serves(self.queues.of_tool(tool.name()))
    }

    fn serves(&self, queue: Option<&str>) -> bool {
        let queue = queue.unwrap_or(&self.home);
        self.units.iter().any(|unit| unit.queue == queue)
    }

    /// One process for all: the app's queue, and each that an agent or a tool names.
    fn without_roles(wanted: &Wanted<'_>) -> (Self, Vec<String>) {
        let unit = |queue: &str, has_workflows| Unit {
            role: None,
            queue: queue.to_owned(),
            has_workflows,
            settings: wanted.settings.clone(),
        };
        let mut units = vec![unit(wanted.home, true)];
        let mut queues = Queues::default();
        for spec in &wanted.reach.agents {
            if let Some(queue) = spec.options.task_queue {
                queues.agents.insert(spec.name(), queue.to_owned());
            }
        }
        for tool in called(wanted.reach) {
            if let Some(queue) = tool.options().task_queue {
                queues.tools.insert(tool.name().to_owned(), queue.to_owned());
            }
        }
        for queue in queues.agents.values().chain(queues.tools.values()) {
            let is_known = units.iter().any(|unit| unit.queue == *queue) || wanted.elsewhere.contains(queue);
            if !is_known {
                units.push(unit(queue, false));
            }
        }
        (Self { home: wanted.home.to_owned(), units, queues: Arc::new(queues) }, Vec::new())
    }
}

/// The tools that have a queue: those that are activities, and not of the worker that has the workflow.
fn called(reach: &Reach) -> impl Iterator<Item = &AnyTool> {
    reach.tools.iter().filter(|tool| is_called(tool) && !tool.options().local)
}

pub(super) fn is_called(tool: &AnyTool) -> bool {
    !tool.options().inline && tool.agent().is_none() && !tool.is_at_provider()
}
