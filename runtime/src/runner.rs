//! Runs agents and tools where the caller stands: durably inside a workflow, in this process anywhere else.

use crate::{
    agent::{
        Agent, AgentOutput, AnyAgent, Approver, DynamicAgent, Input, Options, OutputFn, Run, RunError, ToolNotFound,
        drive, parse_answer,
    },
    effects::{self, Effects, ToolCall},
    inline,
    tool::{AnyTool, Approval, Decision, Given, Tool, ToolDef, ToolFailure, ToolFailureKind},
};
use futures::future::{BoxFuture, Fuse, FusedFuture, FutureExt as _};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// The effects of the place the caller is in.
pub(crate) fn here() -> Arc<dyn Effects> {
    effects::ambient().unwrap_or_else(inline::by_default)
}

/// Running agents; brought in by the prelude.
pub trait AgentExt: Agent {
    /// Runs the agent until it has an answer.
    ///
    /// Inside a workflow every model call and every tool call is an activity: recorded, retried, resumed after a
    /// crash. Anywhere else the run happens in this process, with the providers and the state of
    /// [`App::inline`](crate::App::inline), or with none.
    ///
    /// # Errors
    /// The future gives a [`RunError`], which says what ended the run and carries what it had done so far.
    fn run(&self, input: impl Into<Input>) -> Running<'_, Self::Output>
    where
        Self: Sized,
    {
        Running::of(self, Self::SPEC.output, input.into())
    }
}

impl<A: Agent> AgentExt for A {}

// Here, because an agent made of data knows nothing of the place it is run in.
impl DynamicAgent {
    /// Runs the agent until it has an answer, as [`AgentExt::run`](crate::AgentExt::run) does.
    ///
    /// # Errors
    /// The future gives a [`RunError`](crate::RunError). It is [`InvalidAgent`](crate::RunErrorKind::InvalidAgent), before
    /// anything was sent, when the agent or one that it may hand over to
    /// - has no name or no model, or a name too long for a function to be named after it;
    /// - lists a tool that the app does not have, or functions of one name, tools and handoffs together;
    /// - has a tool with an effect that it is not granted, or a handoff to an agent that is granted more;
    /// - puts into `provider_options` what a request is made of.
    pub fn run(&self, input: impl Into<Input>) -> Running<'_, String> {
        Running::of(self, None, input.into())
    }
}

/// A run that begins when it is first polled; until then it takes options.
#[must_use = "a run does nothing until it is awaited"]
pub struct Running<'a, T> {
    agent: &'a dyn AnyAgent,
    stage: Stage<'a, T>,
}

enum Stage<'a, T> {
    Waiting { format: Option<OutputFn>, input: Input, options: Options },
    Begun(Fuse<BoxFuture<'a, Result<Run<T>, RunError>>>),
}

impl<'a, T> Running<'a, T> {
    /// A run of `agent`, whose answers have this format; without one they are plain text.
    pub(crate) fn of(agent: &'a dyn AnyAgent, format: Option<OutputFn>, input: Input) -> Self {
        Self { agent, stage: Stage::Waiting { format, input, options: Options::default() } }
    }

    /// Sets the most model calls the run may make; the default is the agent's, else 10.
    pub fn max_turns(mut self, turns: u32) -> Self {
        self.option(|options| options.max_turns = Some(turns));
        self
    }

    /// Sets what becomes of a call to a tool that the agent does not have; by default the run fails.
    pub fn tool_not_found(mut self, then: ToolNotFound) -> Self {
        self.option(|options| options.tool_not_found = then);
        self
    }

    /// Makes the model calls of this run local activities: made by the worker that has the workflow, without a round
    /// trip to the server. It saves that round trip and five events a call.
    ///
    /// What it gives up: if the worker dies, calls that were answered since the workflow's last task was done are made,
    /// and paid for, again; a call that was in flight is noticed as lost only with that task, after some ten seconds;
    /// an answer is at most 512 KiB. Outside a workflow it means nothing.
    pub fn local_model_calls(mut self) -> Self {
        self.option(|options| options.local_model_calls = true);
        self
    }

    /// Gives the run a context for its tools: those that take a [`RunContext`](crate::tool::RunContext) of this type. It
    /// is no part of what a model sees. After a handoff it is the same.
    ///
    /// It is sent as JSON with each call of such a tool, and recorded there, so it should be small.
    pub fn context(mut self, context: &impl Serialize) -> Self {
        self.option(|options| options.given = Given::of(context));
        self
    }

    /// Says who approves the calls that have to be (`#[tool(approval)]`) where the run is not in a workflow. Without one,
    /// such a call ends the run, with [`ApprovalNeeded`](crate::RunErrorKind::ApprovalNeeded).
    ///
    /// In a workflow it means nothing: there a call waits for [`Handle::decide`](crate::Handle::decide).
    pub fn on_approval<F, D>(mut self, decide: F) -> Self
    where
        F: Fn(Approval) -> D + Send + Sync + 'static,
        D: Future<Output = Decision> + Send + 'static,
    {
        self.option(|options| options.approver = Some(Approver::of(decide)));
        self
    }

    fn option(&mut self, set: impl FnOnce(&mut Options)) {
        // Whoever has polled the run no longer owns it to set options, so this is always the first stage.
        if let Stage::Waiting { options, .. } = &mut self.stage {
            set(options);
        }
    }
}

impl<T: AgentOutput> Future for Running<'_, T> {
    type Output = Result<Run<T>, RunError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let agent = self.agent;
        if let Stage::Waiting { format, input, options } = &mut self.stage {
            let begun = run(agent, *format, std::mem::take(input), std::mem::take(options));
            self.stage = Stage::Begun(begun.boxed().fuse());
        }
        match &mut self.stage {
            Stage::Begun(run) => run.poll_unpin(cx),
            Stage::Waiting { .. } => Poll::Pending,
        }
    }
}

impl<T: AgentOutput> FusedFuture for Running<'_, T> {
    fn is_terminated(&self) -> bool {
        matches!(&self.stage, Stage::Begun(run) if run.is_terminated())
    }
}

impl<T> fmt::Debug for Running<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running({})", self.agent.name())
    }
}

async fn run<T: AgentOutput>(
    agent: &dyn AnyAgent,
    format: Option<OutputFn>,
    input: Input,
    options: Options,
) -> Result<Run<T>, RunError> {
    let answer = drive(agent, input, &options, here().as_ref()).await?;
    match parse_answer(&answer, format) {
        Ok(output) => Ok(Run {
            output,
            last_agent: answer.last_agent,
            conversation: answer.progress.conversation,
            begun_with: answer.progress.begun_with,
            usage: answer.progress.usage,
            turns: answer.progress.turn,
        }),
        Err(error) => Err(answer.invalid(&error)),
    }
}

/// A direct call of a tool, made by `weather::call(..)`: in a workflow a durable step.
#[must_use = "a tool call does nothing until it is awaited"]
pub struct ToolRun<T, A, O> {
    stage: ToolStage<A>,
    given: Given,
    types: PhantomData<fn() -> (T, O)>,
}

enum ToolStage<A> {
    Waiting(Option<A>),
    Begun(Fuse<BoxFuture<'static, Result<Value, ToolFailure>>>),
}

impl<T, A, O> ToolRun<T, A, O> {
    #[doc(hidden)]
    pub fn new(arguments: A) -> Self {
        Self { stage: ToolStage::Waiting(Some(arguments)), given: Given::default(), types: PhantomData }
    }

    /// Gives the call what a run would be given with [`Running::context`]: for a tool that takes a
    /// [`RunContext`](crate::tool::RunContext).
    pub fn context(mut self, context: &impl Serialize) -> Self {
        self.given = Given::of(context);
        self
    }
}

/// The arguments of a direct call, as JSON: the first of them, and in the same way the others.
///
/// Looked at when a call is awaited and not where the tool is: a tool whose arguments only a model fills in need not be
/// able to write them.
pub trait CallArguments {
    #[doc(hidden)]
    fn write(&self, into: &mut Vec<Result<Value, serde_json::Error>>);
}

impl CallArguments for () {
    fn write(&self, _: &mut Vec<Result<Value, serde_json::Error>>) {}
}

impl<A: Serialize, Others: CallArguments> CallArguments for (A, Others) {
    fn write(&self, into: &mut Vec<Result<Value, serde_json::Error>>) {
        into.push(serde_json::to_value(&self.0));
        self.1.write(into);
    }
}

/// The call of a tool by code.
fn tool_call(def: &'static ToolDef, arguments: &impl CallArguments, given: Given) -> Result<ToolCall, ToolFailure> {
    let mut written = Vec::with_capacity(def.args.len());
    arguments.write(&mut written);
    let named = def.args.iter().zip(written);
    let arguments: Result<Map<String, Value>, serde_json::Error> =
        named.map(|(arg, value)| Ok((arg.name.to_owned(), value?))).collect();
    let arguments = arguments.map_err(|error| {
        let message = format!("an argument of tool `{}` does not serialise: {error}", def.name);
        ToolFailure { kind: ToolFailureKind::BadArguments, message }
    })?;
    Ok(ToolCall { tool: AnyTool::Written(def), arguments, asked_by: None, given })
}

// Nothing in it is pinned: the arguments are only ever taken out.
impl<T, A, O> Unpin for ToolRun<T, A, O> {}

impl<T: Tool, A: CallArguments, O: DeserializeOwned> Future for ToolRun<T, A, O> {
    type Output = Result<O, ToolFailure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let ToolStage::Waiting(arguments) = &mut self.stage {
            let Some(arguments) = arguments.take() else { return Poll::Pending };
            let given = std::mem::take(&mut self.given);
            let begun = match tool_call(T::DEF, &arguments, given) {
                Ok(call) => here().call_tool(call),
                Err(failure) => Box::pin(std::future::ready(Err(failure))),
            };
            self.stage = ToolStage::Begun(begun.fuse());
        }
        let ToolStage::Begun(call) = &mut self.stage else { return Poll::Pending };
        call.poll_unpin(cx).map(|result| {
            serde_json::from_value(result?).map_err(|error| ToolFailure {
                kind: ToolFailureKind::Failed,
                message: format!("the result of tool `{}` cannot be read back: {error}", T::DEF.name),
            })
        })
    }
}

impl<T: Tool, A: CallArguments, O: DeserializeOwned> FusedFuture for ToolRun<T, A, O> {
    fn is_terminated(&self) -> bool {
        matches!(&self.stage, ToolStage::Begun(call) if call.is_terminated())
    }
}

impl<T: Tool, A, O> fmt::Debug for ToolRun<T, A, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolRun({})", T::DEF.name)
    }
}
