//! Everything a worker knows by name, and what is wrong with it.

use crate::{
    agent::{
        AgentSpec, AnyHooks, AnySpec, Catalogue,
        request::{self, NOT_AN_OPTION},
    },
    conversation::OPTIONS,
    inline::Inline,
    model::{Prices, Providers},
    roles::{Plan, Queues},
    tool::{AnyTool, LONGEST_NAME, Registered, ToolDef, Toolbox, rules},
    workflow::Reach,
};
use serde_json::Map;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The agents and tools of an app, by name, with what they need to run.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    agents: BTreeMap<&'static str, &'static AgentSpec>,
    tools: Registered,
    /// How agents that are workflows are made of their inputs.
    pub(crate) startable: BTreeMap<&'static str, &'static ToolDef>,
    /// The names of the workflows that its workers run.
    pub(crate) workflows: Arc<BTreeSet<&'static str>>,
    pub(crate) toolbox: Toolbox,
    pub(crate) providers: Arc<Providers>,
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) prices: Arc<Prices>,
    pub(crate) hooks: Option<AnyHooks>,
    /// Whether the code of workflows is run again on the way, to see whether it does the same.
    pub(crate) runs_again: bool,
    /// Where calls go.
    pub(crate) queues: Arc<Queues>,
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

/// What two of one name are.
fn named(one: &AnyTool, other: &AnyTool) -> &'static str {
    match (one.is_activity(), other.is_activity()) {
        (false, false) => "tools",
        (true, true) => "activities",
        _ => "activities and tools",
    }
}

fn list(problems: &[String]) -> String {
    problems.iter().fold(String::new(), |list, problem| list + "\n  - " + problem)
}

impl Registry {
    /// Takes in what is reached, and reports whatever would fail later. State and keys are asked for only where `plan` has
    /// the process use them.
    pub(crate) fn new(
        reach: &Reach,
        plan: &Plan,
        toolbox: Toolbox,
        providers: Arc<Providers>,
        prices: Arc<Prices>,
    ) -> (Self, Vec<String>) {
        let queues = Arc::clone(&plan.queues);
        let mut registry = Self { toolbox, providers, prices, queues, tools: reach.registered(), ..Self::default() };
        registry.startable = reach.startable.iter().map(|(spec, def)| (spec.name(), *def)).collect();
        let mut problems = Vec::new();
        for (spec, def) in &reach.startable {
            if def.args.iter().any(|arg| arg.name == OPTIONS) {
                problems.push(format!(
                    "agent `{}` has a field `{OPTIONS}`, by which options of its workflow are set; give it another name",
                    spec.name(),
                ));
            }
        }
        for spec in &reach.agents {
            if let Some(other) = registry.agents.insert(spec.name(), spec) {
                problems.push(format!(
                    "there are two agents named `{}`, {} and {}; give one another with `#[agent(name = \"..\")]`",
                    spec.name(),
                    other.place(),
                    spec.place()
                ));
            }
            registry.check_agent(spec, plan, &mut problems);
        }
        for (index, tool) in reach.tools.iter().enumerate() {
            if let Some(other) = reach.tools[..index].iter().find(|other| other.name() == tool.name()) {
                problems.push(format!(
                    "there are two {} named `{}`, {} and {}; give one another with `#[{}(name = \"..\")]`",
                    named(other, tool),
                    tool.name(),
                    other.place(),
                    tool.place(),
                    tool.noun()
                ));
            }
            registry.check_tool(tool, plan, &mut problems);
        }
        (registry, problems)
    }

    /// Effects in this process, with what the worker has.
    pub(crate) fn inline(&self) -> Inline {
        Inline {
            providers: Arc::clone(&self.providers),
            tools: Arc::clone(&self.tools),
            toolbox: self.toolbox.clone(),
            catalogue: Arc::clone(&self.catalogue),
            prices: Arc::clone(&self.prices),
            hooks: self.hooks.clone(),
        }
    }

    pub(crate) fn agent(&self, name: &str) -> Option<&'static AgentSpec> {
        self.agents.get(name).copied()
    }

    pub(crate) fn tool(&self, name: &str) -> Option<&AnyTool> {
        self.tools.get(name)
    }

    pub(crate) fn tools(&self) -> Registered {
        Arc::clone(&self.tools)
    }

    pub(crate) fn has_agents(&self) -> bool {
        !self.agents.is_empty()
    }

    fn check_agent(&self, spec: &'static AgentSpec, plan: &Plan, problems: &mut Vec<String>) {
        let name = spec.name();
        let is_asked_here = plan.serves_agent(spec);
        for model in std::iter::once(&spec.model).chain(spec.options.fallback_models) {
            if is_asked_here && let Err(error) = self.providers.resolve(model) {
                problems.push(format!("agent `{name}`: {error}"));
            }
            if is_asked_here && spec.options.budget.cost.is_some() && !self.prices.has(model) {
                problems.push(format!(
                    "agent `{name}` has a budget of money, and the model `{model}` has no price; add it to `.prices(..)`"
                ));
            }
        }
        if is_asked_here && !self.providers.has_hosted_tools(spec.model) {
            for tool in spec.hosted() {
                problems.push(format!(
                    "agent `{name}` lists the hosted tool `{}`, and `{}` is reached by Chat Completions, which has none; use \
                     a provider of the Responses API, or leave the tool out",
                    tool.kind, spec.model
                ));
            }
        }
        for key in spec.provider_options().iter().flat_map(Map::keys) {
            if NOT_AN_OPTION.contains(&key.as_str()) {
                problems.push(format!(
                    "agent `{name}` has `{key}` among its `provider_options`, which is what a request is made of; remove it"
                ));
            }
        }
        if let Some(Err(error)) = spec.output.map(|output| output()) {
            problems.push(format!("the output of agent `{name}` cannot have a strict schema: {error}"));
        }
        // Tools are checked by themselves, so only the names are of interest here.
        if let Ok(functions) = request::functions(&AnySpec::Written(spec)) {
            let functions: Vec<&str> = functions.iter().map(|function| function.name.as_str()).collect();
            for (index, function) in functions.iter().enumerate() {
                if function.len() > LONGEST_NAME {
                    problems.push(format!(
                        "no model can call `{function}`, by which agent `{name}` is to call another or hand over to it; \
                         give that agent a shorter name"
                    ));
                }
                if functions[..index].contains(function) {
                    problems.push(format!(
                        "agent `{name}` has two functions named `{function}`, and its model could not tell them apart"
                    ));
                }
            }
        }
    }

    fn check_tool(&self, tool: &AnyTool, plan: &Plan, problems: &mut Vec<String>) {
        let name = tool.name();
        if let AnyTool::Dynamic(tool) = tool {
            problems.extend(tool.mistakes());
        }
        if let Err(error) = tool.definition() {
            let way_out = match tool {
                _ if !tool.options().strict => "",
                AnyTool::Written(_) => "; if it has to be so, write `#[tool(strict = false)]`",
                AnyTool::Dynamic(_) => "; if it has to be so, add `.strict(false)`",
            };
            problems.push(format!("the arguments of tool `{name}` have no schema: {error}{way_out}"));
        } else if let Err(error) = rules::validator(tool) {
            problems.push(format!("a rule for the arguments of tool `{name}` cannot be read: {error}"));
        }
        // What runs in another process finds its state there.
        if !plan.serves_tool(tool) {
            return;
        }
        for state in tool.states().iter().filter(|state| !state.is_of_run) {
            if !self.toolbox.states.has((state.id)()) {
                problems.push(format!(
                    "{} `{name}` needs `State<{}>`, which is not registered; add `.state(..)` to the app",
                    tool.noun(),
                    (state.name)()
                ));
            }
        }
    }
}
