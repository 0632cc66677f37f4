//! Tools: functions a model may call, described by data and one function pointer each.

mod arguments;
mod context;
pub(crate) mod line;
mod options;
mod outcome;
pub(crate) mod rules;
mod run;
pub mod schema;

pub use arguments::ToolArgument;
pub use context::{Shared, State, StateMap, ToolContext};
pub use options::{Backoff, MaxOutput, OnError, ToolOptions};
pub use outcome::{ToolError, ToolFailure, ToolFailureKind, ToolResult};

use arguments::decode;
pub(crate) use arguments::parse as parse_arguments;
pub(crate) use run::run_once;

use futures::future::BoxFuture;
use serde_json::Value;
use std::any::TypeId;

/// A function with a name, a description and a JSON schema, made by [`#[tool]`](macro@crate::tool).
///
/// The attribute implements this for a type that shares the function's name, which is why `tools = [weather]`
/// takes the name of the function. There is nothing here to call by hand: a model asks for the tool, or a
/// workflow calls `weather::call(..)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tool",
    label = "not a tool",
    note = "put `#[tool]` on a function to make one"
)]
pub trait Tool: 'static {
    /// Everything known of the tool before it runs.
    const DEF: &'static ToolDef;

    /// All tools that go by this name: one, or those of an `impl` block.
    const DEFS: &'static [&'static ToolDef] = &[Self::DEF];
}

/// What `#[tool]` writes down about a function: data, and one way to call it.
#[derive(Debug)]
pub struct ToolDef {
    /// The name the model calls it by, and the name of its activity.
    pub name: &'static str,
    /// What the model is told it does.
    pub description: &'static str,
    /// Where the function is, for messages about two tools of one name.
    pub path: &'static str,
    /// The arguments the model fills in, in the function's order.
    pub args: &'static [ArgDef],
    /// The state it wants from the worker.
    pub states: &'static [StateDef],
    /// How it is run.
    pub options: ToolOptions,
    /// Runs the function once.
    pub run: fn(Invocation) -> BoxFuture<'static, Result<Value, ToolError>>,
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
    /// An argument with nothing special about it.
    #[must_use]
    pub const fn new(name: &'static str, description: &'static str, schema: schema::SchemaFn) -> Self {
        Self { name, aliases: &[], description, schema, default: None, rules: None }
    }
}

/// A kind of state a tool wants.
#[derive(Debug)]
pub struct StateDef {
    /// The type's name, for the message when it is missing.
    pub name: fn() -> &'static str,
    /// The type.
    pub id: fn() -> TypeId,
}

/// One call of a tool, on its way into the function.
#[derive(Debug)]
pub struct Invocation {
    pub(crate) def: &'static ToolDef,
    pub(crate) arguments: serde_json::Map<String, Value>,
    pub(crate) context: ToolContext,
    pub(crate) states: StateMap,
}

impl Invocation {
    /// The argument at `index` of [`ToolDef::args`], decoded.
    ///
    /// # Errors
    /// When the model left it out and it has no default, or wrote something of another type.
    pub fn arg<T: ToolArgument>(&mut self, index: usize) -> Result<T, ToolError> {
        let arg = &self.def.args[index];
        decode(arg, self.arguments.remove(arg.name))
    }

    /// Refuses arguments that the tool does not have.
    ///
    /// # Errors
    /// When any argument is left after all have been taken with [`arg`](Self::arg).
    pub fn done(&self) -> Result<(), ToolError> {
        match self.arguments.keys().next() {
            None => Ok(()),
            Some(name) => Err(arguments::unknown(self.def, name)),
        }
    }

    /// The state of type `T`.
    ///
    /// # Errors
    /// When the app has none, which can only happen outside a worker: a worker checks before it starts.
    pub fn state<T: Shared>(&self) -> Result<State<T>, ToolError> {
        self.states.get().ok_or_else(|| {
            ToolError::fatal(format!(
                "tool `{}` needs `State<{}>`, which is not registered; add `.state(..)` to the app",
                self.def.name,
                std::any::type_name::<T>()
            ))
        })
    }

    /// Who is calling.
    #[must_use]
    pub fn context(&self) -> ToolContext {
        self.context.clone()
    }
}
