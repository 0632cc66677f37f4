//! Tools: functions a model may call, described by data and one function pointer each.

mod activity;
mod any;
mod approval;
mod arguments;
mod call_options;
mod context;
mod dynamic;
mod guardrail;
pub mod hosted;
pub(crate) mod line;
mod mistakes;
mod options;
mod outcome;
mod output;
mod results;
pub(crate) mod rules;
mod run;
mod run_context;
pub mod schema;

pub use activity::{Activity, ActivityArgument, ActivityResult, Fails, done, done_or_failed};
pub use approval::{Approval, Decision, DecisionError};
pub use arguments::ToolArgument;
pub use context::{Shared, State, StateMap, ToolContext};
pub use dynamic::DynamicTool;
pub use guardrail::{Guard, Guardrail, Judgement, Says, Verdict, judged, judged_fallibly};
pub use options::{ApprovalRule, Backoff, MaxOutput, NeedsApproval, OnError, ToolOptions};
pub use outcome::{Told, ToolError, ToolFailure, ToolFailureKind, ToolResult};
pub use output::{Detail, ToolOutput};
pub use run_context::{RunContext, Travels};

pub(crate) use any::{AnyTool, Registered};
use arguments::decode;
pub(crate) use arguments::parse as parse_arguments;
pub(crate) use call_options::CallOptions;
pub(crate) use mistakes::Mistakes;
pub(crate) use outcome::at_the_beginning;
pub use outcome::{fallible, infallible};
pub(crate) use results::Results;
pub(crate) use run::{checked, run_now, run_once};
pub(crate) use run_context::Given;

use crate::{
    agent::{AgentSpec, Handoff},
    model::ToolChoice,
};
use futures::future::BoxFuture;
use hosted::Hosted;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{any::TypeId, borrow::Cow, fmt};

/// The longest name of a function that the OpenAI API takes; what the macros can see is held to it while compiling.
pub(crate) const LONGEST_NAME: usize = 64;

/// A function with a name, a description and a JSON schema, made by [`#[tool]`](macro@crate::tool).
///
/// The attribute implements this for a type that shares the function's name, which is why `tools = [weather]`
/// takes the name of the function. There is nothing here to call by hand: a model asks for the tool, or a
/// workflow calls `weather::call(..)`. An [`Activity`] is called in the same way and has this too; no agent may list one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "put `#[tool]` on a function to make one; agents are tools as well, but for those that are generic"
)]
pub trait Tool: 'static {
    /// Everything known of the tool before it runs.
    const DEF: &'static ToolDef;

    /// All tools that go by this name: one, or those of an `impl` block.
    const DEFS: &'static [&'static ToolDef] = &[Self::DEF];

    /// Those that run at the model's provider instead; see [`hosted`].
    const HOSTED: &'static [fn() -> Hosted] = &[];

    /// What `tool_choice` says to have it called.
    const CHOICE: ToolChoice = ToolChoice::Function(Cow::Borrowed(Self::DEF.name));
}

/// What `#[tool]` writes down about a function: data, and one way to call it.
#[derive(Debug)]
pub struct ToolDef {
    /// The name the model calls it by, and the name of its activity.
    pub name: &'static str,
    /// What the model is told it does.
    pub description: &'static str,
    /// The module the function is in.
    pub module: &'static str,
    /// The function's name in it, with the type's where it is a method.
    pub item: &'static str,
    /// The arguments the model fills in, in the function's order.
    pub args: &'static [ArgDef],
    /// The state it wants from the worker.
    pub states: &'static [StateDef],
    /// How it is run.
    pub options: ToolOptions,
    /// What a call of it runs.
    pub run: Runs,
}

/// What a call of a tool runs.
#[derive(Clone, Copy, Debug)]
pub enum Runs {
    /// A function, once.
    Function(fn(Invocation) -> BoxFuture<'static, Result<Value, ToolError>>),
    /// The same, by code alone: no model is told of it.
    Activity(fn(Invocation) -> BoxFuture<'static, Result<Value, ToolError>>),
    /// An agent, turn by turn, by the loop that has called it.
    Agent(AgentTool),
}

/// An agent that other agents may call as a tool.
#[derive(Clone, Copy)]
pub struct AgentTool {
    /// What is the same for all its values. A function, because agents may call each other in circles.
    pub spec: fn() -> &'static AgentSpec,
    /// Makes the agent of its arguments.
    pub make: fn(&mut Invocation) -> Option<Handoff>,
}

impl fmt::Debug for AgentTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgentTool")
    }
}

impl ToolDef {
    /// Where the function is: no two tools are in one place.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.module, self.item)
    }

    /// What to call it in messages.
    pub(crate) fn noun(&self) -> &'static str {
        if matches!(self.run, Runs::Activity(_)) { "activity" } else { "tool" }
    }
}

/// One argument of a tool.
#[derive(Debug)]
pub struct ArgDef {
    /// Its name in the schema.
    pub name: &'static str,
    /// Other names that it is taken under.
    pub aliases: &'static [&'static str],
    /// What the model is told about it; empty when there is nothing to say.
    pub description: &'static str,
    /// Its schema.
    pub schema: schema::SchemaFn,
    /// The value it has when the model leaves it out.
    pub default: Option<fn() -> Value>,
    /// What it must be beyond its type.
    pub rules: Option<fn(schema::Rules) -> schema::Rules>,
}

impl ArgDef {
    /// An argument of type `T` with nothing special about it.
    #[must_use]
    pub const fn new<T: ToolArgument>(name: &'static str, description: &'static str) -> Self {
        Self { name, aliases: &[], description, schema: schema::of::<T>, default: None, rules: None }
    }

    /// An argument of an activity, which needs no schema.
    #[must_use]
    pub const fn plain(name: &'static str) -> Self {
        Self { name, aliases: &[], description: "", schema: schema::anything, default: None, rules: None }
    }
}

/// What a process has for its tools. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Toolbox {
    pub(crate) states: StateMap,
    pub(crate) results: Results,
}

/// Something a tool is handed over beside its arguments.
#[derive(Debug)]
pub struct StateDef {
    /// The type's name, for the message when it is missing.
    pub name: fn() -> &'static str,
    /// The type.
    pub id: fn() -> TypeId,
    /// Whether it comes with the run, and not from the worker.
    pub is_of_run: bool,
}

impl StateDef {
    /// A state of the worker.
    #[must_use]
    pub const fn of<T: Shared>() -> Self {
        Self { name: std::any::type_name::<T>, id: TypeId::of::<T>, is_of_run: false }
    }

    /// The context of the run.
    #[must_use]
    pub const fn of_run<T: Travels>() -> Self {
        Self { name: std::any::type_name::<T>, id: TypeId::of::<T>, is_of_run: true }
    }
}

/// One call of a tool, on its way into the function.
///
/// What a parameter cannot have is noted and not returned, so that a model is told all of it at once.
#[derive(Debug)]
pub struct Invocation {
    pub(crate) def: &'static ToolDef,
    pub(crate) arguments: serde_json::Map<String, Value>,
    pub(crate) context: ToolContext,
    pub(crate) states: StateMap,
    pub(crate) mistakes: Mistakes,
}

impl Invocation {
    /// The argument at `index` of [`ToolDef::args`], decoded; `None` when the model left it out and it has no default,
    /// or wrote something of another type.
    pub fn arg<T: ToolArgument>(&mut self, index: usize) -> Option<T> {
        self.decoded(index)
    }

    /// The same for an activity, whose arguments need no schema.
    pub fn input<T: ActivityArgument>(&mut self, index: usize) -> Option<T> {
        self.decoded(index)
    }

    fn decoded<T: DeserializeOwned>(&mut self, index: usize) -> Option<T> {
        let arg = &self.def.args[index];
        let decoded = decode(arg, self.arguments.remove(arg.name));
        decoded.map_err(|mistake| self.mistakes.add(mistake)).ok()
    }

    /// The state of type `T`; `None` when the app has none, which can only happen outside a worker: a worker checks
    /// before it starts.
    pub fn state<T: Shared>(&mut self) -> Option<State<T>> {
        let state = self.states.get();
        if state.is_none() {
            self.mistakes.end(ToolError::fatal(format!(
                "{} `{}` needs `State<{}>`, which is not registered; add `.state(..)` to the app",
                self.def.noun(),
                self.def.name,
                std::any::type_name::<T>()
            )));
        }
        state
    }

    /// The context of the run; `None` when the run has none, or one of another type.
    pub fn run_context<T: Travels>(&mut self) -> Option<RunContext<T>> {
        match self.context.given.read() {
            Ok(value) => Some(RunContext::new(value)),
            Err(why) => {
                self.mistakes.end(ToolError::fatal(format!(
                    "{} `{}` needs `RunContext<{}>`, and {why}",
                    self.def.noun(),
                    self.def.name,
                    std::any::type_name::<T>()
                )));
                None
            }
        }
    }

    /// Who is calling. Generated code treats all parameters alike, so this is an `Option` as well.
    pub fn context(&mut self) -> Option<ToolContext> {
        Some(self.context.clone())
    }
}
