//! What agents and workflows want done by the world, as one small trait, and the ambient handle that does it.
//!
//! The agent loop and a workflow's body perform nothing themselves. They ask the [`Effects`] of the place they run
//! in: [`inline`](crate::inline) does things directly, [`durable`](crate::durable) hands them to Temporal.

use crate::{
    agent::{AgentSpec, Answer, AnyHooks, AnySpec, Listener, Progress, RunError, Stream},
    model::{Conversation, ModelError, ModelResponse, ModelSettings},
    tool::{AnyTool, Approval, Decision, Given, Registered, ToolFailure},
};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{
    future::Future,
    sync::Arc,
    time::{Duration, SystemTime},
};

/// The ways a run touches the world. Futures are `'static` and `Send`: an effect outlives the poll that asked for it.
pub(crate) trait Effects: Send + Sync {
    /// The tools there are, for agents that name theirs.
    fn tools(&self) -> Registered;
    /// Begins a run of an agent, or goes on with it.
    fn enter_run(&self) -> BoxFuture<'static, Entered>;
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
    /// Tells the time.
    fn now(&self) -> SystemTime;
    /// Makes 64 random bits.
    fn random(&self) -> u64;
    /// Whoever is told what happens in all runs.
    fn hooks(&self) -> Option<AnyHooks>;
    /// Who is shown the events of runs that are streamed, where that is not whoever runs them.
    fn listener(&self) -> Option<Listener>;
    /// Whether what happens now happens for the first time, and is not a replay of what has happened.
    fn is_live(&self) -> bool;
    /// Shows, to whoever looks, how far things are, and which agent is at it. A run within another has no number.
    fn progress(&self, run: Option<u64>, agent: &str, text: String);
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

/// Runs `future` with `effects` as the ambient ones.
pub(crate) fn within<F: Future>(effects: Arc<dyn Effects>, future: F) -> impl Future<Output = F::Output> {
    AMBIENT.scope(effects, future)
}
