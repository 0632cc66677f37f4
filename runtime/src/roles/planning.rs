//! A plan by roles: finds the one role of everything, and says what has none, or two.

use super::{
    Role,
    plan::{Plan, Queues, Unit, Wanted, is_called},
};
use crate::{
    agent::AgentSpec,
    tool::{AnyTool, ToolOptions},
    workflow::Reach,
};
use std::sync::Arc;

/// A plan by roles, as it is made.
pub(super) struct Planning<'a> {
    wanted: &'a Wanted<'a>,
    /// The queue of each role.
    of_roles: Vec<String>,
    queues: Queues,
    problems: Vec<String>,
}

/// What has to be in a role, in words and by its options.
struct Item<'a> {
    /// As in "agent `Planner`".
    what: String,
    task_queue: Option<&'static str>,
    /// What to write to have it in a role.
    remedy: String,
    is_in: &'a dyn Fn(&Role) -> bool,
    is_of_others: fn(&Role) -> bool,
}

impl<'a> Planning<'a> {
    pub(super) fn of(wanted: &'a Wanted<'a>) -> Self {
        let queue = |role: &Role| match &role.task_queue {
            Some(queue) => queue.clone(),
            None if role.has_workflows => wanted.home.to_owned(),
            None => format!("{}-{}", wanted.home, role.name),
        };
        let of_roles = wanted.roles.iter().map(queue).collect();
        Self { wanted, of_roles, queues: Queues::default(), problems: Vec::new() }
    }

    pub(super) fn finish(mut self) -> (Plan, Vec<String>) {
        self.check_roles();
        self.place_agents();
        self.place_tools();
        let Self { wanted, of_roles, queues, problems } = self;
        let unit = |(role, queue): (&Role, String)| Unit {
            role: Some(role.name.clone()),
            queue,
            has_workflows: role.has_workflows,
            settings: role.settings.clone().or(wanted.settings),
        };
        let units = wanted.roles.iter().zip(of_roles).map(unit).collect();
        (Plan { home: wanted.home.to_owned(), units, queues: Arc::new(queues) }, problems)
    }

    fn check_roles(&mut self) {
        let Wanted { home, roles, .. } = *self.wanted;
        for (index, role) in roles.iter().enumerate() {
            let Role { name, task_queue, has_workflows, .. } = role;
            if name.trim().is_empty() || name.starts_with('-') {
                self.problems.push(format!("a role cannot be named `{name}`; nobody could ask for it"));
            }
            if roles[..index].iter().any(|other| other.name == *name) {
                self.problems.push(format!("there are two roles named `{name}`; give one another name"));
            } else if let Some(other) = self.of_roles[..index].iter().position(|queue| *queue == self.of_roles[index]) {
                let (queue, other) = (&self.of_roles[index], &roles[other].name);
                self.problems.push(format!(
                    "the queue `{queue}` is served by two roles, `{other}` and `{name}`; whichever polls first would get \
                     what is meant for the other: give each its own, or make them one role"
                ));
            }
            if *has_workflows && task_queue.as_ref().is_some_and(|queue| queue != home) {
                self.problems.push(format!(
                    "role `{name}` has the workflows, and they are started on the app's queue `{home}`; give the app its \
                     `.task_queue(..)`, and not the role"
                ));
            }
            if task_queue.as_ref().is_some_and(|queue| queue.trim().is_empty()) {
                self.problems
                    .push(format!("the task queue of role `{name}` has no name; give it one, or leave it out"));
            }
            let is_empty = !has_workflows
                && task_queue.is_none()
                && role.agents.is_empty()
                && role.tools.is_empty()
                && !role.has_other_agents
                && !role.has_other_tools;
            if is_empty {
                self.problems.push(format!(
                    "role `{name}` serves nothing; add `.workflows()`, `.agent::<A>()` or `.tool::<t>()`, or leave it out"
                ));
            }
            for mistake in role.settings.mistakes() {
                self.problems.push(format!("role `{name}`: {mistake}"));
            }
        }
        if self.wanted.has_workflows && !roles.iter().any(|role| role.has_workflows) {
            self.problems.push("no role runs the workflows, among them those of the agents that `.agent::<..>()` has added; add `.workflows()` to one"
                .to_owned());
        }
        self.only_one(|role| role.has_other_agents, "other_agents");
        self.only_one(|role| role.has_other_tools, "other_tools");
    }

    fn only_one(&mut self, is: fn(&Role) -> bool, method: &str) {
        let found: Vec<&str> = self.wanted.roles.iter().filter(|role| is(role)).map(Role::name).collect();
        if let [one, other, ..] = found[..] {
            self.problems.push(format!("the roles `{one}` and `{other}` both have `.{method}()`; keep one"));
        }
    }

    fn place_agents(&mut self) {
        for spec in &self.wanted.reach.agents {
            let name = spec.name();
            let queue = self.place(&Item {
                what: format!("agent `{name}`"),
                task_queue: spec.options.task_queue,
                remedy: format!("`.agent::<{}>()` or `.other_agents()`", type_of(spec)),
                is_in: &|role| role.agents.iter().any(|agent| agent.place() == spec.place()),
                is_of_others: |role| role.has_other_agents,
            });
            if let Some(queue) = queue {
                self.queues.agents.insert(name, queue);
            }
        }
    }

    fn place_tools(&mut self) {
        for tool in self.wanted.reach.tools.iter().filter(|tool| is_called(tool)) {
            let ToolOptions { task_queue, local, .. } = *tool.options();
            let name = tool.name();
            let is_in = |role: &Role| role.tools.iter().any(|tool| tool == name);
            if local {
                if let Some(role) = self.wanted.roles.iter().find(|role| is_in(role) && !role.has_workflows) {
                    self.problems.push(format!(
                        "{} `{name}` is local, so it runs where its workflow does, and role `{}` has no workflows; take \
                         it out of the role, or remove `local`",
                        tool.noun(),
                        role.name
                    ));
                }
                continue;
            }
            let (kind, method) = match tool {
                AnyTool::Dynamic(_) => ("tool", format!("`.tool_named(\"{name}\")`")),
                AnyTool::Written(def) if guards(self.wanted.reach).any(|guard| guard == name) => {
                    ("guardrail", format!("`.guardrail::<{}>()`", def.item))
                }
                // A method is called `Bank::transfer`, and its set is what there is a type for.
                AnyTool::Written(def) => {
                    let item = def.item.split("::").next().unwrap_or(def.item);
                    (tool.noun(), format!("`.{}::<{item}>()`", tool.noun()))
                }
            };
            let queue = self.place(&Item {
                what: format!("{kind} `{name}`"),
                task_queue,
                remedy: format!("{method} or `.other_tools()`"),
                is_in: &is_in,
                is_of_others: |role| role.has_other_tools,
            });
            if let Some(queue) = queue {
                self.queues.tools.insert(name.to_owned(), queue);
            }
        }
        for role in self.wanted.roles {
            for name in &role.tools {
                if !self.wanted.reach.tools.iter().any(|tool| tool.name() == name) {
                    self.problems.push(format!(
                        "role `{}` has the tool `{name}`, and the app has none of that name; add it to the app, or take it \
                         out of the role",
                        role.name
                    ));
                }
            }
        }
    }

    /// The one queue of what is asked for, if that is not the app's.
    fn place(&mut self, item: &Item<'_>) -> Option<String> {
        let Item { what, task_queue, remedy, is_in, is_of_others } = item;
        let roles = self.wanted.roles;
        let named: Vec<usize> = (0..roles.len()).filter(|index| is_in(&roles[*index])).collect();
        let index = match (&named[..], task_queue) {
            ([one, other, ..], _) => {
                let (one, other) = (&roles[*one].name, &roles[*other].name);
                self.problems.push(format!(
                    "{what} is in two roles, `{one}` and `{other}`, and its calls can go to one queue; keep one of them"
                ));
                return None;
            }
            ([role], Some(queue)) if self.of_roles[*role] != *queue => {
                let (name, its) = (&roles[*role].name, &self.of_roles[*role]);
                self.problems.push(format!(
                    "{what} has `task_queue = \"{queue}\"`, and role `{name}`, which it is in, serves `{its}`; remove the \
                     option, or give the role `.task_queue(\"{queue}\")`"
                ));
                return None;
            }
            ([role], _) => Some(*role),
            ([], Some(queue)) => {
                let is_elsewhere = self.wanted.elsewhere.iter().any(|elsewhere| elsewhere == queue);
                if !is_elsewhere && !self.of_roles.iter().any(|its| its == queue) {
                    self.problems.push(format!(
                        "{what} has `task_queue = \"{queue}\"`, and no role serves it; give a role \
                         `.task_queue(\"{queue}\")`, or the app `.served_elsewhere(\"{queue}\")` if another program does"
                    ));
                }
                return Some((*queue).to_owned());
            }
            ([], None) => roles.iter().position(is_of_others),
        };
        let Some(index) = index else {
            self.problems.push(format!("{what} is in no role, and would be waited for for ever; add {remedy} to one"));
            return None;
        };
        Some(self.of_roles[index].clone())
    }
}

/// The names of all guardrails.
fn guards(reach: &Reach) -> impl Iterator<Item = &'static str> {
    let of_agents = reach.agents.iter().map(|spec| (spec.options.input_guardrails, spec.options.output_guardrails));
    let of_tools = reach.tools.iter().map(|tool| (tool.options().input_guardrails, tool.options().output_guardrails));
    of_agents.chain(of_tools).flat_map(|(input, output)| input.iter().chain(output)).map(|guard| guard.def.name)
}

/// How the agent's type is written, near where it is.
fn type_of(spec: &AgentSpec) -> &'static str {
    if spec.type_name.is_some() { spec.name() } else { spec.path.rsplit("::").next().unwrap_or(spec.path) }
}
