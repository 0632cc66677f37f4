//! What the macros expand to. Nothing here is for use by hand, and none of it is stable.

pub use crate::{
    agent::{Agent, AgentSpec, Handoff},
    model::{ModelSettings, ToolChoice},
    runner::ToolRun,
    tool::{
        ArgDef, DEFAULT_TIMEOUT, Invocation, StateDef, Tool, ToolArgument, ToolDef, ToolError, ToolResult,
        schema::of as schema_of,
    },
    workflow::{Execution, Reach, Workflow},
};
pub use serde::Serialize;
pub use std::borrow::Cow;

use crate::tool::schema::{SchemaError, StructuredOutput, output_of};
use futures::future::BoxFuture;
use serde_json::Value;
use std::{any::Any, fmt::Display, future::Future, marker::PhantomData};

/// Runs an async function: `start` decodes the arguments and calls it, `finish` reads what it returned.
///
/// A generic function here, and function pointers there, keep what each tool adds to a build small.
pub fn run<F: Future + Send + 'static>(
    mut call: Invocation,
    start: fn(&mut Invocation) -> Result<F, ToolError>,
    finish: fn(F::Output) -> Result<Value, ToolError>,
) -> BoxFuture<'static, Result<Value, ToolError>> {
    Box::pin(async move {
        let future = start(&mut call)?;
        finish(future.await)
    })
}

/// Runs a plain function, where it may block.
pub fn run_blocking<F: FnOnce() -> T + Send + 'static, T: Send + 'static>(
    mut call: Invocation,
    start: fn(&mut Invocation) -> Result<F, ToolError>,
    finish: fn(T) -> Result<Value, ToolError>,
) -> BoxFuture<'static, Result<Value, ToolError>> {
    Box::pin(async move {
        let function = start(&mut call)?;
        match tokio::task::spawn_blocking(function).await {
            Ok(returned) => finish(returned),
            // Panics of tools are caught in one place, for async and plain ones alike.
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(ToolError::new(error)),
            },
        }
    })
}

/// The result of a tool that returns a `Result`.
///
/// # Errors
/// The tool's own, or that the value does not serialise.
pub fn fallible<T: ToolResult, E: Display + 'static>(returned: Result<T, E>) -> Result<Value, ToolError> {
    match returned {
        Ok(value) => infallible(value),
        Err(error) => {
            // Any error that displays will do, but our own must keep its kind.
            let mut error = Some(error);
            let own = (&mut error as &mut dyn Any).downcast_mut::<Option<ToolError>>().and_then(Option::take);
            Err(own.unwrap_or_else(|| ToolError::new(error.map(|error| error.to_string()).unwrap_or_default())))
        }
    }
}

/// The result of a tool that returns a plain value.
///
/// # Errors
/// When the value does not serialise.
pub fn infallible<T: ToolResult>(value: T) -> Result<Value, ToolError> {
    serde_json::to_value(value).map_err(|error| ToolError::new(format!("the result does not serialise: {error}")))
}

/// The JSON of an argument.
///
/// # Errors
/// When it does not serialise.
pub fn encode<T: Serialize>(value: &T) -> Result<Value, serde_json::Error> {
    serde_json::to_value(value)
}

/// The JSON of a default value; what does not serialise is left to the model.
pub fn default_value<T: Serialize>(value: T) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The schema of an agent's output. By the agent, so that a type that has none is reported once, where it is named.
///
/// # Errors
/// When the type is one that strict mode cannot express.
pub fn agent_output<A: Agent>() -> Result<StructuredOutput, SchemaError> {
    output_of::<A::Output>()
}

/// An agent that is fully described by its name: a struct without fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no agent that can be handed over to by its name alone",
    label = "not an agent, or one with fields",
    note = "put `#[agent(..)]` on the struct; if it has fields, write `{Self} {{ .. }}` with values taken from `self`"
)]
pub trait Standalone: Agent + Sized {
    /// The one value.
    #[must_use]
    fn standalone() -> Self;

    /// What is the same for every value, of which there is one.
    #[must_use]
    fn spec() -> &'static AgentSpec {
        Self::SPEC
    }

    /// Hands over to it.
    #[must_use]
    fn handoff() -> Handoff {
        Handoff::to(Self::standalone())
    }
}

/// Refuses, while compiling, two tools of one name in an agent's list.
///
/// # Panics
/// While compiling, when there are two.
pub const fn assert_unique_tools(spec: &AgentSpec) {
    let mut i = 0;
    while i < spec.tools.len() {
        let mut j = 0;
        while j < i {
            assert!(
                !same(spec.tools[i].name, spec.tools[j].name),
                "two of these tools have the same name, and the model could not tell them apart; \
                 give one of them another with `#[tool(name = \"..\")]`"
            );
            j += 1;
        }
        i += 1;
    }
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// Finds out whether `T` is an agent, or the call of a tool, by which methods it has:
/// `(&Probe::<T>::new()).reach(reach)` with the traits below in scope.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> Default for Probe<T> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

/// A probe that found an agent.
pub trait ReachAgent {
    /// Adds it.
    fn reach(&self, reach: &mut Reach);
}

impl<A: Agent> ReachAgent for Probe<A> {
    fn reach(&self, reach: &mut Reach) {
        reach.agent(A::SPEC);
    }
}

/// A probe that found the call of a tool.
pub trait ReachTool {
    /// Adds the tool.
    fn reach(&self, reach: &mut Reach);
}

impl<T: Tool, O> ReachTool for Probe<ToolRun<T, O>> {
    fn reach(&self, reach: &mut Reach) {
        reach.tool(T::DEF);
    }
}

/// A probe that found something else.
pub trait ReachNothing {
    /// Does nothing.
    fn reach(&self, _: &mut Reach) {}
}

impl<T: ?Sized> ReachNothing for &Probe<T> {}

/// The probe for what a function returns, without calling it.
#[must_use]
pub fn probe_returned<F: Returns<Arguments>, Arguments>(_: F) -> Probe<F::Returned> {
    Probe::default()
}

/// A function, by what it returns.
pub trait Returns<Arguments> {
    /// What it returns.
    type Returned;
}

macro_rules! returns {
    ($($argument:ident)*) => {
        impl<Function, Output, $($argument),*> Returns<($($argument,)*)> for Function
        where
            Function: FnOnce($($argument),*) -> Output,
        {
            type Returned = Output;
        }
    };
}

returns!();
returns!(A);
returns!(A B);
returns!(A B C);
returns!(A B C D);
returns!(A B C D E);
returns!(A B C D E F);
returns!(A B C D E F G);
returns!(A B C D E F G H);
