//! A run of an agent, as its caller holds it: options until it is polled, then a future.

use super::{
    RunStream,
    as_child::{self, ChildRun},
    here,
};
use crate::{
    agent::{
        Agent, AgentOutput, AnyAgent, AnyHooks, Approver, Begin, Budget, Closure, Input, Listener, OnError, Options,
        OutputFn, Run, RunError, SentOptions, Spent, ToolNotFound, drive,
        filters::{HandoffInput, ModelInput},
        hooks::Hooks,
        parse_answer, write_answer,
    },
    model::ModelSettings,
    session::Session,
    tool::{Approval, Decision, Given},
};
use futures::future::{BoxFuture, Fuse, FusedFuture, FutureExt as _};
use serde::Serialize;
use serde_json::{Map, Value};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

/// A run that begins when it is first polled; until then it takes options.
#[must_use = "a run does nothing until it is awaited"]
pub struct Running<'a, T> {
    pub(super) agent: &'a dyn AnyAgent,
    stage: Stage<'a, T>,
}

/// An agent that may answer in another's place, and the format of its answers.
type Other<'a> = (&'a dyn AnyAgent, Option<OutputFn>);

enum Stage<'a, T> {
    Waiting {
        format: Option<OutputFn>,
        begin: Begin,
        options: Box<Options>,
        others: Vec<Other<'a>>,
        session: Option<&'a mut Session>,
    },
    Begun(Fuse<BoxFuture<'a, Result<Run<T>, RunError>>>),
}

impl<'a, T> Running<'a, T> {
    /// A run of `agent`, whose answers have this format; without one they are plain text.
    pub(crate) fn of(agent: &'a dyn AnyAgent, format: Option<OutputFn>, begin: Begin) -> Self {
        Self {
            agent,
            stage: Stage::Waiting { format, begin, options: Box::default(), others: Vec::new(), session: None },
        }
    }

    /// Sets the most model calls the run may make; the default is the agent's, else 10.
    pub fn max_turns(mut self, turns: u32) -> Self {
        self.option(|options| options.max_turns = Some(turns));
        self
    }

    /// Sets what becomes of a call to a tool that the agent does not have; by default the agent says, else the run fails.
    pub fn tool_not_found(mut self, then: ToolNotFound) -> Self {
        self.option(|options| options.tool_not_found = Some(then));
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
    /// such a call interrupts the run: it ends with [`Interrupted`](crate::RunErrorKind::Interrupted), and can be gone on with.
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

    /// Sets what the run may spend, with all the agents it calls; what it does not set is left to the agent's own `budget`.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.option(|options| options.budget = budget);
        self
    }

    /// Sets how long the run may take as a whole, waiting for approvals included; the default is the agent's `run_timeout`,
    /// else there is no end. When it is over, what is in flight is called off, and the run ends with
    /// [`TimedOut`](crate::RunErrorKind::TimedOut).
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.option(|options| options.timeout = Some(limit));
        self
    }

    /// Sets how many of the tools that a model has asked for are called at once; the others wait for their turn. By default
    /// the agent's `tool_concurrency`, else all of them are. Zero counts as one.
    pub fn tool_concurrency(mut self, most: usize) -> Self {
        self.option(|options| options.tool_concurrency = Some(most));
        self
    }

    /// Asks this model in place of the agent's own, and of those that are handed over to. Agents that are called as tools
    /// keep theirs.
    pub fn model(mut self, model: impl AsRef<str>) -> Self {
        self.option(|options| options.model = Some(model.as_ref().into()));
        self
    }

    /// Asks these models, in this order, when the one before cannot answer: when a call has failed for good, after all its
    /// retries, whatever the reason. The run stays with the one that answers; [`Run::shares`] has its name. By default
    /// they are the agent's `fallback_models`.
    pub fn fallback_models<M: AsRef<str>>(mut self, models: impl IntoIterator<Item = M>) -> Self {
        let models = models.into_iter().map(|model| model.as_ref().into()).collect();
        self.option(|options| options.fallback_models = Some(models));
        self
    }

    /// Sets temperature and the like for all model calls of the run; what is `None` is left to the agents' own settings.
    // By value, like all options.
    #[expect(clippy::needless_pass_by_value)]
    pub fn settings(mut self, settings: ModelSettings) -> Self {
        self.option(|options| {
            let before = options.settings.as_deref().cloned().unwrap_or_default();
            options.settings = Some(Arc::new(before.overlaid(&settings)));
        });
        self
    }

    /// Has the provider note this with each request, for its users to find them by; besides what was noted before.
    pub fn metadata(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.option(|options| {
            let mut settings = options.settings.as_deref().cloned().unwrap_or_default();
            settings.metadata.get_or_insert_default().insert(key.into(), value.into());
            options.settings = Some(Arc::new(settings));
        });
        self
    }

    /// Tells the model that its answer is not what the output type takes, and asks again, so many times at most in the run.
    /// By default the agent's `repair_turns`, else none: the run ends with
    /// [`InvalidOutput`](crate::RunErrorKind::InvalidOutput). They are turns like others.
    pub fn repair_turns(mut self, turns: u32) -> Self {
        self.option(|options| options.repair_turns = Some(turns));
        self
    }

    /// Looks at what each model call is about to be asked, and may change it; in place of the agents' own `input_filter`s.
    /// See [`filters`](crate::filters).
    pub fn input_filter(mut self, filter: impl Fn(&mut ModelInput<'_>) + Send + Sync + 'static) -> Self {
        self.option(|options| options.input_filter = Some(Closure(Arc::new(filter))));
        self
    }

    /// Decides what an agent that is handed over to is shown, where the one that hands over has no `handoff_filter` of its
    /// own. See [`filters`](crate::filters).
    pub fn handoff_filter(mut self, filter: impl Fn(&mut HandoffInput<'_>) + Send + Sync + 'static) -> Self {
        self.option(|options| options.handoff_filter = Some(Closure(Arc::new(filter))));
        self
    }

    /// Has another agent try when this one ends with an error: with the same input and the same options, each with the
    /// whole budget. It may be said several times, for one after the other; [`Run::last_agent`] says who has answered, and
    /// what was spent in vain is in the books. Not asked are others when a guardrail has tripped, a budget is spent, or
    /// calls have to be approved; and none goes on with a run that was interrupted.
    ///
    /// For another model alone there is [`fallback_models`](Self::fallback_models).
    pub fn or_run<A: Agent<Output = T>>(mut self, other: &'a A) -> Self {
        if let Stage::Waiting { others, .. } = &mut self.stage {
            others.push((other, A::SPEC.output));
        }
        self
    }

    /// Begins with what was said in the session so far, and adds to it what the run says and is told, its input included. A
    /// run that has no answer leaves the session as it was.
    pub fn session(mut self, session: &'a mut Session) -> Self {
        if let Stage::Waiting { session: of_run, .. } = &mut self.stage {
            *of_run = Some(session);
        }
        self
    }

    /// Tells these hooks what happens in the run, besides those of the app.
    pub fn hooks(mut self, hooks: impl Hooks) -> Self {
        self.option(|options| options.hooks = Some(AnyHooks::of(hooks)));
        self
    }

    /// Answers where the run would end with an error: when it is out of turns, when the model refuses or does not keep to
    /// the output type, and so on. `None` lets the error stand. The answer goes through the output guardrails like any
    /// other; one that has tripped has the last word, and is not asked about here. Nor is a missing approval. It stands in place
    /// of the agent's own `on_error`.
    ///
    /// It is asked by the agent's loop, and again by every replay, so it has to say the same of the same.
    ///
    /// ```no_run
    /// # use steadfast::{RunErrorKind, prelude::*};
    /// # #[agent(model = "gpt-5.6-luna")]
    /// # struct Guide;
    /// # async fn ask() -> Result<()> {
    /// let run = Guide.run("Where to?").on_error(|error| match &error.kind {
    ///     RunErrorKind::MaxTurns { .. } => Some("I have not found it out.".to_owned()),
    ///     RunErrorKind::Refused { text } => Some(text.clone()),
    ///     _ => None,
    /// });
    /// println!("{}", run.await?.output);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_error(mut self, answer: impl Fn(&RunError) -> Option<T> + Send + Sync + 'static) -> Self
    where
        T: Serialize,
    {
        let Stage::Waiting { format, options, .. } = &mut self.stage else { return self };
        let is_text = format.is_none();
        options.on_error = Some(Closure(Arc::new(move |error| Some(write_answer(&answer(error)?, is_text)))));
        self
    }

    /// Makes the run a workflow of its own, a child of this one: with a history of its own, and workers of its own if it is
    /// given a [task queue](ChildRun::task_queue). The worker that has it needs the agent, by
    /// [`App::agent`](crate::App::agent). Outside a workflow it is a run like any other.
    ///
    /// ```
    /// # use steadfast::prelude::*;
    /// # #[agent(model = "m")] struct Researcher;
    /// #[workflow]
    /// async fn report(topic: String) -> Result<String> {
    ///     let run = Researcher.run(&topic).max_turns(50).as_child().task_queue("research").await?;
    ///     Ok(run.output)
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// Options go along, but for those that are code (filters, hooks, `on_error`), and so does what an `or_run` or a session
    /// would add: a run that has one of these is refused. It fails as the run would, with what it had done; or with a
    /// [`WorkflowError`](crate::WorkflowError), if the child was cancelled or terminated. The run travels as one payload,
    /// so its conversation may have 2 MiB, unless the app has [blobs](crate::App::blobs).
    pub fn as_child(self) -> ChildRun<'a, T> {
        ChildRun::of(self)
    }

    pub(super) fn format(&self) -> Option<OutputFn> {
        match &self.stage {
            Stage::Waiting { format, .. } => *format,
            Stage::Begun(_) => None,
        }
    }

    /// What an agent's workflow is started with that is to do the same.
    ///
    /// # Errors
    /// What cannot go along.
    pub(super) fn into_input(self) -> Result<Map<String, Value>, String> {
        let Stage::Waiting { begin, options, others, session, .. } = self.stage else {
            return Err("it has begun here".to_owned());
        };
        let Begin::Input(Input(input)) = begin else { return Err("it was begun elsewhere and interrupted".to_owned()) };
        if !others.is_empty() || session.is_some() {
            return Err("it has a session, or another agent to fall back on; await it here".to_owned());
        }
        let fields = self.agent.as_input().ok_or(
            "its fields do not travel; derive `Serialize`, `Deserialize` and `JsonSchema` for their types, and make it no              generic agent",
        )?;
        let options = serde_json::to_value(SentOptions::of(*options)?).map_err(|error| error.to_string())?;
        let asked = serde_json::to_value(input.items()).map_err(|error| error.to_string())?;
        Ok(as_child::input(fields, asked, &options))
    }

    /// Shows what happens in the run while it goes; see [`AgentExt::run_streamed`](crate::AgentExt::run_streamed).
    pub fn streamed(self) -> RunStream<'a, T>
    where
        T: AgentOutput,
    {
        RunStream::of(self)
    }

    pub(super) fn listened_to(&mut self, listener: Listener) {
        self.option(|options| options.listener = Some(listener));
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
        if let Stage::Waiting { format, begin, options, others, session } = &mut self.stage {
            let from = std::mem::replace(begin, Begin::Input(Input::default()));
            let (options, others) = (*std::mem::take(options), std::mem::take(others));
            let running = in_session((agent, *format), others, from, options, session.take());
            self.stage = Stage::Begun(running.boxed().fuse());
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

/// A run that goes on with what was said before.
async fn in_session<T: AgentOutput>(
    agent: Other<'_>,
    others: Vec<Other<'_>>,
    begin: Begin,
    options: Options,
    session: Option<&mut Session>,
) -> Result<Run<T>, RunError> {
    let Some(session) = session else { return first_that_can(agent, others, begin, options).await };
    let shown = session.shown();
    let begin = match begin {
        Begin::Input(Input(input)) => {
            let mut all = shown.clone();
            all.extend(input.items());
            Begin::Input(Input(all))
        }
        // It has begun with it already.
        interrupted @ Begin::Interrupted(_) => interrupted,
    };
    let run = first_that_can(agent, others, begin, options).await?;
    session.take_in(&shown, &run);
    Ok(run)
}

/// The answer of the first of the agents that has one.
async fn first_that_can<T: AgentOutput>(
    first: Other<'_>,
    others: Vec<Other<'_>>,
    begin: Begin,
    mut options: Options,
) -> Result<Run<T>, RunError> {
    let input = match &begin {
        Begin::Input(input) if !others.is_empty() => input.clone(),
        // A run that was begun before is the affair of whoever has begun it.
        _ => return run(first.0, first.1, begin, options).await,
    };
    let on_error = options.on_error.take();
    let mut spent = Spent::default();
    let (mut agent, mut others) = (first, others.into_iter().peekable());
    loop {
        // What is answered in place of an error is the last resort.
        let never: Closure<OnError> = Closure(Arc::new(|_| None));
        let on_error = if others.peek().is_some() { Some(never) } else { on_error.clone() };
        let ended = run(agent.0, agent.1, Begin::Input(input.clone()), Options { on_error, ..options.clone() }).await;
        match (ended, others.next()) {
            (Ok(mut run), _) => {
                spent.add(&run.shares);
                (run.usage, run.shares) = (spent.usage(), spent.shares);
                return Ok(run);
            }
            (Err(RunError { kind, partial }), Some(other)) if kind.may_pass_with_another() => {
                tracing::warn!(agent = agent.0.name(), error = %kind, next = other.0.name(), "another agent is asked");
                spent.add(&partial.shares);
                agent = other;
            }
            (Err(mut error), _) => {
                spent.add(&error.partial.shares);
                (error.partial.usage, error.partial.shares) = (spent.usage(), spent.shares);
                return Err(error);
            }
        }
    }
}

async fn run<T: AgentOutput>(
    agent: &dyn AnyAgent,
    format: Option<OutputFn>,
    begin: Begin,
    options: Options,
) -> Result<Run<T>, RunError> {
    let answer = drive(agent, begin, &options, here().as_ref()).await?;
    match parse_answer(&answer, format) {
        Ok(output) => Ok(answer.into_run(output)),
        Err(error) => Err(answer.invalid(&error)),
    }
}
