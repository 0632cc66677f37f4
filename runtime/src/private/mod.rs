//! What the macros expand to. Nothing here is for use by hand, and none of it is stable.

mod probe;
mod tools;

pub use probe::{NotStarted, Probe, ReachAgent, ReachNothing, ReachTool, Returns, Started, probe_returned};
pub use tools::{
    BROKEN_GUARD, assert_granted, assert_no_wider, assert_unique_tools, compaction, guard, method, on_handoff,
};

pub use crate::{
    Result as ClientResult,
    agent::{
        Agent, AgentOptions, AgentOutput, AgentSpec, Budget, Compaction, Handoff, HandoffSpec, RunError, ToolNotFound,
        ToolUse,
    },
    conversation::Startable,
    durable::{Handle, Query as ClientQuery, Update as ClientUpdate},
    model::{ModelSettings, ToolChoice},
    runner::ToolRun,
    tool::{
        Activity, AgentTool, ArgDef, Backoff, Guard, Guardrail, Invocation, MaxOutput, NeedsApproval, OnError, Runs,
        StateDef, Tool, ToolArgument, ToolDef, ToolError, ToolOptions, ToolResult, done, done_or_failed, fallible,
        hosted::HostedTool, infallible, judged, judged_fallibly,
    },
    workflow::{Execution, Reach, Workflow, WorkflowContext, handlers},
};
pub use serde::Serialize;
pub use serde_json::json;
pub use std::{borrow::Cow, option::Option::Some, time::Duration};

use crate::{
    agent::write_answer,
    effects,
    tool::{
        hosted::Hosted,
        schema::{SchemaError, StructuredOutput, output_of},
    },
    workflow,
};
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::future::Future;

/// Refuses to be called by a workflow's own code: nothing of a function that is called as it is would be recorded.
///
/// # Panics
/// There; that fails the workflow's task.
pub fn called_as_it_is(noun: &str, name: &str, is_async: bool) {
    if workflow::is_unchecked() {
        return;
    }
    let Some(workflow) = effects::recorded() else { return };
    // What is async runs when nobody knows any more who has called it.
    let or = if is_async { "" } else { ", or wrap it in `workflow::unchecked` where it does no harm" };
    let why = format!(
        "{noun} `{name}` is called as a plain function by a workflow, so nothing of it would be recorded, and a replay would do it \
         again; write `{name}::call(..)`{or}"
    );
    // Whoever takes the panic for something else, as that of an inline tool, does not keep it from being said.
    workflow.offend(why.clone());
    panic!("{why}");
}

/// The fields of an agent, as JSON.
pub type Fields = Map<String, Value>;

/// Runs an async function, whose future has not begun, unless something is wrong with the call; `finish` reads what it
/// returned.
///
/// A generic function here keeps what each tool adds to a build small.
pub fn run<F: Future + Send + 'static>(
    call: Invocation,
    future: F,
    finish: fn(F::Output) -> Result<Value, ToolError>,
) -> BoxFuture<'static, Result<Value, ToolError>> {
    Box::pin(async move {
        call.mistakes.finish()?;
        finish(future.await)
    })
}

/// Runs a plain function, where it may block.
pub fn run_blocking<F: FnOnce() -> T + Send + 'static, T: Send + 'static>(
    call: Invocation,
    function: F,
    finish: fn(T) -> Result<Value, ToolError>,
) -> BoxFuture<'static, Result<Value, ToolError>> {
    Box::pin(async move {
        call.mistakes.finish()?;
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

/// Runs a plain function at once, in the workflow itself.
pub fn run_inline<F: FnOnce() -> T, T>(
    call: Invocation,
    function: F,
    finish: fn(T) -> Result<Value, ToolError>,
) -> BoxFuture<'static, Result<Value, ToolError>> {
    let result = call.mistakes.finish().and_then(|()| finish(function()));
    Box::pin(std::future::ready(result))
}

/// What becomes of a call some of whose parameters cannot be had.
#[must_use]
pub fn refuse(call: Invocation) -> BoxFuture<'static, Result<Value, ToolError>> {
    let refused = call.mistakes.finish().and(Ok(Value::Null));
    Box::pin(std::future::ready(refused))
}

/// Instructions, as a method of an agent gives them.
#[diagnostic::on_unimplemented(
    message = "instructions are a text, and no `{Self}`",
    label = "returns no text",
    note = "return a `String`"
)]
pub trait Instructions {
    /// The text.
    fn text(self) -> String;
}

impl Instructions for String {
    fn text(self) -> String {
        self
    }
}

impl Instructions for &str {
    fn text(self) -> String {
        self.to_owned()
    }
}

impl Instructions for Cow<'_, str> {
    fn text(self) -> String {
        self.into_owned()
    }
}

/// The text of instructions.
pub fn instructions(given: impl Instructions) -> String {
    given.text()
}

/// What an agent's `on_error` has answered, as the model would have.
#[must_use]
pub fn recovered<A: Agent<Output: Serialize>>(answer: Option<A::Output>) -> Option<Result<String, serde_json::Error>> {
    Some(write_answer(&answer?, A::SPEC.output.is_none()))
}

/// A tool that runs at the model's provider, as it was listed.
pub fn hosted(listed: impl HostedTool) -> Hosted {
    listed.into()
}

/// Whether a rule over some of a tool's arguments wants a call to be approved; arguments that it cannot read do.
pub fn needs_approval<T: Reviewed>(arguments: &Map<String, Value>, rule: impl FnOnce(&T) -> bool) -> bool {
    serde_json::from_value(Value::Object(arguments.clone())).map_or(true, |arguments| rule(&arguments))
}

/// What a rule about approvals looks at.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a tool's arguments",
    label = "this rule looks at a `{Self}`",
    note = "derive `serde::Deserialize` for `{Self}`; it may have some of the tool's arguments as fields"
)]
pub trait Reviewed: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Reviewed for T {}

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
    /// What is the same for every value, of which there is one.
    const WHOLE: &'static AgentSpec = Self::SPEC;

    /// The one value.
    #[must_use]
    fn standalone() -> Self;

    /// Hands over to it.
    #[must_use]
    fn handoff() -> Handoff {
        Handoff::to(Self::standalone())
    }
}
