//! What agents and workflows want done by the world, as one small trait, and the ambient handle that does it.
//!
//! The agent loop and a workflow's body perform nothing themselves. They ask the [`Effects`] of the place they run
//! in: [`inline`](crate::inline) does things directly, [`durable`](crate::durable) hands them to Temporal.

use crate::{
    SearchValue, WorkflowError,
    agent::{AgentSpec, Answer, AnyHooks, AnySpec, Listener, Progress, RunError, Stream},
    model::{Conversation, ModelError, ModelResponse, ModelSettings},
    tool::{AnyTool, Approval, CallOptions, Decision, Given, Registered, ToolDef, ToolFailure, ToolOptions},
    workflow::Info,
};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    any::Any,
    collections::BTreeMap,
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The ways a run touches the world. Futures are `'static` and `Send`: an effect outlives the poll that asked for it.
pub(crate) trait Effects: Send + Sync {
    /// The tools there are, for agents that name theirs.
    fn tools(&self) -> Registered;
    /// Begins a run of an agent, or goes on with it; `note` says which, to whoever looks.
    fn enter_run(&self, note: Note) -> BoxFuture<'static, Entered>;
    /// Ends a run of an agent.
    fn leave_run(&self, number: u64, result: &Result<Answer, RunError>);
    /// Calls the model for a run, trying again where that makes sense. `at` is where the run could be left.
    fn call_model(
        &self,
        call: ModelCall,
        at: Option<Boundary>,
    ) -> BoxFuture<'static, Result<ModelResponse, ModelError>>;
    /// Calls a tool, trying again where that makes sense.
    fn call_tool(&self, call: ToolCall) -> BoxFuture<'static, Result<Value, ToolFailure>>;
    /// Waits until somebody has decided whether a tool may be called; `None` where there is nobody to ask.
    fn approve(&self, tool: &AnyTool, approval: &Approval) -> Option<BoxFuture<'static, Decision>>;
    /// Waits.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;
    /// Waits until the end, for a run: as long as it is there, and no longer.
    fn until(&self, deadline: Deadline) -> BoxFuture<'static, ()>;
    /// Waits for the next signal of this name.
    fn signal(&self, name: String) -> BoxFuture<'static, Value>;
    /// Where messages for a workflow's handlers come from.
    fn mailbox(&self) -> Arc<dyn Mailbox>;
    /// Is never ready: says that the workflow waits for its state to change.
    fn stand_by(&self) -> BoxFuture<'static, ()>;
    /// Is ready when the workflow is to be cancelled.
    fn cancelled(&self) -> BoxFuture<'static, ()>;
    /// Keeps the workflow from being dropped when it is cancelled, as long as this lives.
    fn shield(&self) -> Box<dyn Any + Send>;
    /// Whether it can start others.
    fn has_children(&self) -> bool;
    /// Runs another workflow as a child, and waits for its result; `None` where there is no server.
    fn run_child(&self, call: ChildStart) -> Option<BoxFuture<'static, Result<Value, WorkflowError>>>;
    /// Starts another workflow as a child; gives the number of the request, and the child's id.
    fn start_child(&self, call: ChildStart) -> Option<BoxFuture<'static, Result<(u64, String), WorkflowError>>>;
    /// Waits for the result of a child that was started.
    fn child_result(&self, number: u64, id: &str) -> Option<BoxFuture<'static, Result<Value, WorkflowError>>>;
    /// Sends another workflow something.
    fn send(&self, outgoing: Outgoing) -> Option<BoxFuture<'static, Result<(), WorkflowError>>>;
    /// Whether the code goes the new way of a change, which may be the only one that is left.
    fn patched(&self, id: &str, is_over: bool) -> bool;
    /// How an agent that goes by this name is made of a workflow's input.
    fn startable(&self, agent: &str) -> Option<&'static ToolDef>;
    /// Whether it would be good to go on as a new run, where the code can.
    fn should_start_over(&self) -> bool;
    /// Goes on as a new run, whose code begins with this; is never ready.
    fn start_over(&self, state: Value) -> BoxFuture<'static, ()>;
    /// Goes on as a new run that is begun with another input; is never ready. `None` where there is no server.
    fn continue_as_new(&self, next: Anew) -> Option<BoxFuture<'static, ()>>;
    /// Changes what is noted on the workflow, for whoever lists and describes it.
    fn upsert(&self, noted: Noted);
    /// What workflow this is, if it is one.
    fn info(&self) -> Option<Info>;
    /// Tells the time.
    fn now(&self) -> SystemTime;
    /// Makes 64 random bits.
    fn random(&self) -> u64;
    /// The seed of a run's own chance, where it has to draw the same when it is told again.
    fn chance_of(&self, run: u64) -> Option<u64>;
    /// Whoever is told what happens in all runs.
    fn hooks(&self) -> Option<AnyHooks>;
    /// Who is shown the events of runs that are streamed, where that is not whoever runs them.
    fn listener(&self) -> Option<Listener>;
    /// Whether what is done by this is recorded, and what is done otherwise is lost.
    fn is_recorded(&self) -> bool;
    /// Says that code has done what no workflow may.
    fn offend(&self, why: String);
    /// Whether what happens now happens for the first time, and is not a replay of what has happened.
    fn is_live(&self) -> bool;
    /// Shows, to whoever looks, how far things are, and which agent is at it. A run within another has no number.
    fn progress(&self, run: Option<u64>, agent: &str, text: String);
}

/// What something is, in words that are made when they are wanted.
pub(crate) type Note = Box<dyn FnOnce() -> String + Send>;

/// Something that was sent to a workflow, for one of its handlers.
pub(crate) struct Message {
    pub(crate) name: String,
    pub(crate) input: Value,
    /// Where the answer goes, if it is an update.
    pub(crate) reply: Option<Reply>,
}

/// The way back to whoever has sent an update.
pub(crate) type Reply = Box<dyn FnOnce(Result<Value, Box<dyn std::error::Error + Send + Sync>>) + Send>;

/// Where messages come from, in the order they came.
pub(crate) trait Mailbox: Send + Sync {
    fn next_message(&self) -> Option<Message>;
}

/// A run that a workflow is to go on as.
pub(crate) struct Anew {
    pub(crate) workflow: &'static str,
    pub(crate) input: NextInput,
}

/// What such a run begins with, or why that cannot be written.
pub(crate) enum NextInput {
    Known(Result<Value, String>),
    /// It is made of what handlers leave, when nothing can change that any more.
    Made {
        make: Box<dyn FnOnce() -> Result<Value, String> + Send>,
        /// Whether they are done.
        is_ready: Box<dyn Fn() -> bool + Send>,
    },
}

impl Anew {
    pub(crate) fn is_ready(&self) -> bool {
        match &self.input {
            NextInput::Known(_) => true,
            NextInput::Made { is_ready, .. } => is_ready(),
        }
    }
}

impl NextInput {
    pub(crate) fn make(self) -> Result<Value, String> {
        match self {
            Self::Known(input) => input,
            Self::Made { make, .. } => make(),
        }
    }
}

/// What is noted on a workflow.
#[derive(Clone, Debug, Default)]
pub(crate) struct Noted {
    /// Search attributes; `None` takes one away.
    pub(crate) attributes: BTreeMap<&'static str, Option<SearchValue>>,
    /// `null` takes one away.
    pub(crate) memo: BTreeMap<String, Value>,
}

impl Noted {
    pub(crate) fn is_empty(&self) -> bool {
        self.attributes.is_empty() && self.memo.is_empty()
    }
}

/// A workflow that is to be started by another.
#[derive(Clone, Debug)]
pub(crate) struct ChildStart {
    pub(crate) workflow: String,
    pub(crate) id: Option<String>,
    /// Or why it cannot be written.
    pub(crate) input: Result<Value, String>,
    pub(crate) task_queue: Option<String>,
    pub(crate) parent_close: ParentClose,
    pub(crate) execution_timeout: Option<Duration>,
    pub(crate) run_timeout: Option<Duration>,
    pub(crate) attributes: BTreeMap<String, SearchValue>,
    pub(crate) priority: Option<u8>,
    /// What to add to the app that this one is run by, if it is not there: a child that nobody runs would be waited for
    /// for ever.
    pub(crate) remedy: Option<&'static str>,
}

impl ChildStart {
    pub(crate) fn of(workflow: impl Into<String>, input: Result<Value, serde_json::Error>) -> Self {
        Self {
            workflow: workflow.into(),
            id: None,
            input: input.map_err(|error| format!("it does not serialise: {error}")),
            task_queue: None,
            parent_close: ParentClose::default(),
            execution_timeout: None,
            run_timeout: None,
            attributes: BTreeMap::new(),
            priority: None,
            remedy: None,
        }
    }
}

/// What becomes of a child when the workflow that has started it ends first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParentClose {
    /// It is ended at once.
    #[default]
    Terminate,
    /// It is asked to stop.
    RequestCancel,
    /// It goes on.
    Abandon,
}

/// Something for another workflow.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// The other's id.
    pub(crate) id: String,
    pub(crate) what: Sending,
}

#[derive(Clone, Debug)]
pub(crate) enum Sending {
    Signal { name: String, payload: Value },
    Cancel,
}

/// When something has to be over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Deadline {
    /// How long it might take.
    pub(crate) limit: Duration,
    pub(crate) at: SystemTime,
}

impl Deadline {
    /// So long from `now`, unless that lies beyond all time.
    pub(crate) fn after(limit: Duration, now: SystemTime) -> Option<Self> {
        Some(Self { limit, at: now.checked_add(limit)? })
    }
}

/// A run that was entered.
#[derive(Debug)]
pub(crate) struct Entered {
    /// Which one of the workflow it is.
    pub(crate) number: u64,
    pub(crate) so_far: SoFar,
}

/// What has become of a run already, before the workflow continued as new.
#[derive(Debug)]
pub(crate) enum SoFar {
    Nothing,
    Begun(Box<Progress>),
    Ended(Box<Result<Answer, RunError>>),
}

/// The boundary of a turn: where a run can be left, and gone on with in another process.
#[derive(Clone, Debug)]
pub(crate) struct Boundary {
    /// The run's number.
    pub(crate) run: u64,
    pub(crate) progress: Progress,
}

/// One call of a model, by reference to what the worker knows about the agent.
#[derive(Clone, Debug)]
pub(crate) struct ModelCall {
    /// The agent whose turn it is.
    pub(crate) agent: AnySpec,
    /// The agent whose output type the answer must have, if it must have one.
    pub(crate) answer_as: Option<&'static AgentSpec>,
    /// The model, where it is not the agent's own; perhaps with a provider.
    pub(crate) model: Arc<str>,
    /// What the run sets in place of the agent's settings.
    pub(crate) settings: Option<Arc<ModelSettings>>,
    /// The number of this model call in the run, from 1.
    pub(crate) turn: u32,
    /// The rendered instructions.
    pub(crate) instructions: Option<Arc<str>>,
    /// Whether the agent's `tool_choice` no longer applies, because it has used a tool.
    pub(crate) tool_choice_spent: bool,
    /// The tools that the model is not offered this time.
    pub(crate) disabled: Vec<String>,
    /// Whether it is to be made by the worker that has the workflow, without the server.
    pub(crate) local: bool,
    /// How often it may be tried.
    pub(crate) share: Share,
    /// The conversation so far.
    pub(crate) conversation: Conversation,
    /// Where the text of the answer goes on its way, if it is streamed.
    pub(crate) stream: Option<Stream>,
}

/// Which part of a call's attempts is for one model, where others may be asked after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Share {
    /// What the models before it have used up.
    pub(crate) used: u32,
    /// How many models there are still to ask, this one included.
    pub(crate) models: u32,
}

impl Share {
    /// All of them, for the only model there is.
    pub(crate) const WHOLE: Self = Self { used: 0, models: 1 };

    /// So many of `all` attempts, and at least one.
    pub(crate) fn of(self, all: u32) -> u32 {
        all.saturating_sub(self.used).max(1).div_ceil(self.models.max(1))
    }

    /// Whether nobody is asked after it.
    pub(crate) fn is_last(self) -> bool {
        self.models <= 1
    }
}

/// One call of a tool.
#[derive(Clone, Debug)]
pub(crate) struct ToolCall {
    pub(crate) tool: AnyTool,
    pub(crate) arguments: Map<String, Value>,
    /// Who asked for it, if it was an agent's run; a workflow's own code else.
    pub(crate) asked_by: Option<AskedBy>,
    /// The context of the run.
    pub(crate) given: Given,
    /// What it sets in place of the tool's options.
    pub(crate) set: CallOptions,
}

impl ToolCall {
    /// How it is made.
    pub(crate) fn options(&self) -> ToolOptions {
        self.set.over(self.tool.options())
    }
}

/// The part of an agent's run that has asked for a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AskedBy {
    /// The agent whose turn it is.
    pub(crate) agent: String,
    /// The model's id of the call; a guardrail is called by no model.
    pub(crate) call_id: Option<String>,
}

tokio::task_local! {
    static AMBIENT: Arc<dyn Effects>;
}

/// The effects of the place where this is polled, if anybody set some.
pub(crate) fn ambient() -> Option<Arc<dyn Effects>> {
    AMBIENT.try_with(Arc::clone).ok()
}

/// The effects of the workflow whose own code is what runs, if it is.
pub(crate) fn recorded() -> Option<Arc<dyn Effects>> {
    AMBIENT.try_with(|effects| effects.is_recorded().then(|| Arc::clone(effects))).ok().flatten()
}

/// Runs `future` with `effects` as the ambient ones.
pub(crate) fn within<F: Future>(effects: Arc<dyn Effects>, future: F) -> impl Future<Output = F::Output> {
    AMBIENT.scope(effects, future)
}

/// Calls `f` with `effects` as the ambient ones.
pub(crate) fn during<T>(effects: Arc<dyn Effects>, f: impl FnOnce() -> T) -> T {
    AMBIENT.sync_scope(effects, f)
}
