//! Everything a worker knows by name, and what is wrong with it.

use crate::{
    agent::{AgentSpec, Catalogue, request},
    inline::Inline,
    model::Providers,
    tool::{ToolDef, Toolbox, rules, schema},
    workflow::Reach,
};
use serde_json::Map;
use std::{collections::BTreeMap, sync::Arc};

/// The longest name of a function that the OpenAI API takes; tools are held to it while compiling.
const LONGEST_NAME: usize = 64;

/// What requests are made of, whatever an agent's `provider_options` say.
const NOT_AN_OPTION: [&str; 6] = ["model", "instructions", "input", "messages", "tools", "stream"];

/// The agents and tools of an app, by name, with what they need to run.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    agents: BTreeMap<&'static str, &'static AgentSpec>,
    tools: BTreeMap<&'static str, &'static ToolDef>,
    pub(crate) toolbox: Toolbox,
    pub(crate) providers: Arc<Providers>,
    pub(crate) catalogue: Arc<Catalogue>,
}

/// An app that cannot work, with everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the app `{app}` cannot start:{}", list(problems))]
#[non_exhaustive]
pub struct StartupError {
    /// The app's name.
    pub app: String,
    /// One sentence a problem.
    pub problems: Vec<String>,
}

fn list(problems: &[String]) -> String {
    problems.iter().fold(String::new(), |list, problem| list + "\n  - " + problem)
}

impl Registry {
    /// Takes in what is reached, and reports whatever would fail later.
    pub(crate) fn new(
        reach: &Reach,
        task_queue: &str,
        toolbox: Toolbox,
        providers: Arc<Providers>,
    ) -> (Self, Vec<String>) {
        let mut registry = Self { toolbox, providers, ..Self::default() };
        let mut problems = Vec::new();
        for spec in &reach.agents {
            if let Some(other) = registry.agents.insert(spec.name, spec) {
                problems.push(format!(
                    "there are two agents named `{}`, {} and {}; give one another with `#[agent(name = \"..\")]`",
                    spec.name, other.path, spec.path
                ));
            }
            registry.check_agent(spec, &mut problems);
        }
        for def in &reach.tools {
            if let Some(other) = registry.tools.insert(def.name, def) {
                problems.push(format!(
                    "there are two tools named `{}`, {} and {}; give one another with `#[tool(name = \"..\")]`",
                    def.name,
                    other.path(),
                    def.path()
                ));
            }
            registry.check_tool(def, task_queue, &mut problems);
        }
        (registry, problems)
    }

    /// Effects in this process, with what the worker has.
    pub(crate) fn inline(&self) -> Inline {
        Inline {
            providers: Arc::clone(&self.providers),
            toolbox: self.toolbox.clone(),
            catalogue: Arc::clone(&self.catalogue),
        }
    }

    pub(crate) fn agent(&self, name: &str) -> Option<&'static AgentSpec> {
        self.agents.get(name).copied()
    }

    pub(crate) fn tool(&self, name: &str) -> Option<&'static ToolDef> {
        self.tools.get(name).copied()
    }

    pub(crate) fn tools(&self) -> impl Iterator<Item = &'static ToolDef> {
        self.tools.values().copied()
    }

    pub(crate) fn has_agents(&self) -> bool {
        !self.agents.is_empty()
    }

    fn check_agent(&self, spec: &AgentSpec, problems: &mut Vec<String>) {
        if let Err(error) = self.providers.resolve(spec.model) {
            problems.push(format!("agent `{}`: {error}", spec.name));
        }
        if !self.providers.has_hosted_tools(spec.model) {
            for tool in spec.hosted() {
                problems.push(format!(
                    "agent `{}` lists the hosted tool `{}`, and `{}` is reached by Chat Completions, which has none; use \
                     a provider of the Responses API, or leave the tool out",
                    spec.name, tool.kind, spec.model
                ));
            }
        }
        for key in request::provider_options(spec).iter().flat_map(Map::keys) {
            if NOT_AN_OPTION.contains(&key.as_str()) {
                problems.push(format!(
                    "agent `{}` has `{key}` among its `provider_options`, which is what a request is made of; remove it",
                    spec.name
                ));
            }
        }
        if let Some(Err(error)) = spec.output.map(|output| output()) {
            problems.push(format!("the output of agent `{}` cannot have a strict schema: {error}", spec.name));
        }
        // Tools are checked by themselves, so only the names are of interest here.
        if let Ok(functions) = request::functions(spec) {
            let names: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();
            for (index, name) in names.iter().enumerate() {
                if name.len() > LONGEST_NAME {
                    problems.push(format!(
                        "no model can call `{name}`, by which agent `{}` is to hand over; give that agent a shorter name",
                        spec.name
                    ));
                }
                if names[..index].contains(name) {
                    problems.push(format!(
                        "agent `{}` has two functions named `{name}`, and its model could not tell them apart",
                        spec.name
                    ));
                }
            }
        }
    }

    fn check_tool(&self, def: &ToolDef, task_queue: &str, problems: &mut Vec<String>) {
        if let Err(error) = schema::definition(def) {
            let way_out = if def.options.strict { "; if it has to be so, write `#[tool(strict = false)]`" } else { "" };
            problems.push(format!("the arguments of tool `{}` have no schema: {error}{way_out}", def.name));
        } else if let Err(error) = rules::validator(def) {
            problems.push(format!("a rule for the arguments of tool `{}` cannot be read: {error}", def.name));
        }
        // What runs on another queue finds its state there.
        if def.options.task_queue.is_some_and(|queue| queue != task_queue) {
            return;
        }
        for state in def.states.iter().filter(|state| !state.is_of_run) {
            if !self.toolbox.states.has((state.id)()) {
                problems.push(format!(
                    "tool `{}` needs `State<{}>`, which is not registered; add `.state(..)` to the app",
                    def.name,
                    (state.name)()
                ));
            }
        }
    }
}
