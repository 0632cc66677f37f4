//! An agent is data: what `#[agent]` writes down about a struct.

use super::{
    Budget, Compaction, Handoff, HandoffSpec, RunError, ToolNotFound,
    any::AnySpec,
    filters::{HandoffFilter, InputFilter},
    generic,
    request::{answer_value, parse_answer},
    step::Answer,
};
use crate::{
    model::ModelSettings,
    tool::{
        Guard, Registered, ToolDef,
        hosted::Hosted,
        schema::{JsonSchema, SchemaError, StructuredOutput},
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::{fmt, time::Duration};

/// Model calls a run may make when neither agent nor call says otherwise, as in the OpenAI Agents SDK.
pub const DEFAULT_MAX_TURNS: u32 = 10;

/// A model with instructions and tools, made by [`#[agent]`](macro@crate::agent).
///
/// To run one, see [`AgentExt::run`](crate::AgentExt::run).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an agent",
    label = "not an agent",
    note = "put `#[agent(..)]` on the struct to make it one",
    note = "one that is generic is an agent for types that threads can share; its output needs `Deserialize` and `JsonSchema`"
)]
pub trait Agent: Send + Sync + 'static {
    /// What a run of this agent answers: `String` for plain text.
    type Output: AgentOutput;

    /// What is the same for every value of the type.
    const SPEC: &'static AgentSpec;

    /// The instructions, with the fields of this value filled in.
    fn instructions(&self) -> Option<String>;

    /// The agents this one may hand over to, as values.
    fn handoffs(&self) -> Vec<Handoff>;

    /// How it is made of a workflow's input, if it can be.
    #[doc(hidden)]
    #[must_use]
    fn as_workflow() -> Option<&'static ToolDef>
    where
        Self: Sized,
    {
        None
    }

    /// Its fields as a workflow's input, if they can be that.
    #[doc(hidden)]
    fn as_input(&self) -> Option<Map<String, Value>> {
        None
    }
}

/// The type of an agent's answer: text, or anything with a JSON schema.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the output of an agent",
    label = "a model cannot answer with a `{Self}`",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for `{Self}`"
)]
pub trait AgentOutput: DeserializeOwned + JsonSchema + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> AgentOutput for T {}

/// Makes the schema of a structured output.
pub type OutputFn = fn() -> Result<StructuredOutput, SchemaError>;

/// The part of an agent that is the same for all its values.
pub struct AgentSpec {
    /// The agent's name, without the types that it may be generic over; see [`name()`](Self::name).
    pub name: &'static str,
    /// What it is good for; other agents' models choose it by this.
    pub description: &'static str,
    /// Where the struct is, for messages about two agents of one name.
    pub path: &'static str,
    /// Gives the type with its parameters, as `std::any::type_name` does, where it has some.
    pub type_name: Option<fn() -> &'static str>,
    /// The model, perhaps with a provider: `gpt-5.6-luna`, `ollama/llama3.2`.
    pub model: &'static str,
    /// Its tools, in the order the model sees them, as they were listed: one by one, or several together.
    pub toolsets: &'static [&'static [&'static ToolDef]],
    /// Those of its tools that run at the model's provider, as they were listed. Functions, because they hold what is
    /// made when a program runs.
    pub hosted: &'static [&'static [fn() -> Hosted]],
    /// The agents it may hand over to, in the order of [`Agent::handoffs`].
    pub handoffs: &'static [HandoffSpec],
    /// The schema of its answer; `None` for plain text.
    pub output: Option<OutputFn>,
    /// The most model calls of a run that starts with it.
    pub max_turns: Option<u32>,
    /// Temperature and the like.
    pub settings: ModelSettings,
    /// How it is run.
    pub options: AgentOptions,
}

/// How an agent is run.
#[derive(Clone, Copy, Debug)]
pub struct AgentOptions {
    /// The longest one attempt of a model call may take; by default fifteen minutes on Temporal, and in-process as long
    /// as the HTTP client waits.
    pub timeout: Option<Duration>,
    /// How often a model call is tried again after a failure that may pass; by default 7 times on Temporal and 4
    /// in-process.
    pub retries: Option<u32>,
    /// How long an answer serves again for an equal request, in the process that has it.
    pub cache: Option<Duration>,
    /// The task queue of its model calls, if not that of the app.
    pub task_queue: Option<&'static str>,
    /// What its tools may do to the world.
    pub grants: &'static [&'static str],
    /// What a run that begins with it may spend.
    pub budget: Budget,
    /// The longest that a run that begins with it may take.
    pub run_timeout: Option<Duration>,
    /// The most of its tools that are called at once.
    pub tool_concurrency: Option<usize>,
    /// The models that are asked when its own cannot answer, in this order.
    pub fallback_models: &'static [&'static str],
    /// How often in a run a model is told that its answer is not what the output type takes, and asked again.
    pub repair_turns: u32,
    /// What its model is shown.
    pub input_filter: Option<InputFilter>,
    /// What those that it hands over to are shown.
    pub handoff_filter: Option<HandoffFilter>,
    /// What looks at the input of runs that begin with it.
    pub input_guardrails: &'static [Guard],
    /// What looks at its answers.
    pub output_guardrails: &'static [Guard],
    /// When a tool's output is the answer.
    pub tool_use: ToolUse,
    /// Whether `tool_choice` no longer holds once the agent has used a tool, so that it need not call one for ever.
    pub reset_tool_choice: bool,
    /// What becomes of a call to a tool that it does not have.
    pub tool_not_found: ToolNotFound,
    /// What answers where a run that begins with it has no answer.
    pub on_error: Option<OnRunError>,
    /// What providers note about its requests.
    pub metadata: &'static [(&'static str, &'static str)],
    /// What is done about a conversation that its model cannot read whole.
    pub compaction: Option<Compaction>,
    /// What is put into the body of every request, untouched; it wins over what would stand there.
    pub provider_options: Option<fn() -> Value>,
}

impl AgentOptions {
    /// What holds where `#[agent]` does not say otherwise.
    pub const DEFAULT: Self = Self {
        timeout: None,
        retries: None,
        cache: None,
        task_queue: None,
        grants: &[],
        budget: Budget::new(),
        run_timeout: None,
        tool_concurrency: None,
        fallback_models: &[],
        repair_turns: 0,
        input_filter: None,
        handoff_filter: None,
        input_guardrails: &[],
        output_guardrails: &[],
        tool_use: ToolUse::RunAgain,
        reset_tool_choice: true,
        tool_not_found: ToolNotFound::Fail,
        on_error: None,
        metadata: &[],
        compaction: None,
        provider_options: None,
    };
}

/// The answer, as text or JSON, of a run that ended without one; nothing where the error stands.
pub type OnRunError = fn(&RunError) -> Option<Result<String, serde_json::Error>>;

/// When the output of a tool is the answer of the run, as in the OpenAI Agents SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToolUse {
    /// Never: the model is told, and answers.
    RunAgain,
    /// The first one that is called.
    StopOnFirst,
    /// The first of these.
    StopAt(&'static [&'static str]),
}

impl AgentSpec {
    /// The agent's name. One that is generic is another agent for each choice of types, and its name says which:
    /// `Extractor<Invoice>`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.type_name.map_or(self.name, |type_name| generic::name(self.name, type_name()))
    }

    /// Where the struct is, with its parameters: no two agents are in one place.
    pub(crate) fn place(&self) -> &'static str {
        self.type_name.map_or(self.path, |type_name| type_name())
    }

    /// Its tools, in the order the model sees them.
    pub fn tools(&self) -> impl Iterator<Item = &'static ToolDef> + use<> {
        self.toolsets.iter().copied().flatten().copied()
    }

    /// Those of its tools that run at the model's provider, made anew.
    pub(crate) fn hosted(&self) -> impl Iterator<Item = Hosted> + use<> {
        self.hosted.iter().copied().flatten().map(|make| make())
    }

    /// What it puts into requests as it is.
    pub(crate) fn provider_options(&self) -> Option<Map<String, Value>> {
        match self.options.provider_options?() {
            Value::Object(options) => Some(options),
            _ => None,
        }
    }
}

impl fmt::Debug for AgentSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSpec").field("name", &self.name()).field("model", &self.model).finish_non_exhaustive()
    }
}

/// An agent whose output type is forgotten: what the loop works with.
pub(crate) trait AnyAgent: Send + Sync {
    fn name(&self) -> &str;
    /// What is known of it, with its tools.
    ///
    /// # Errors
    /// What is wrong with it, where that was not found out earlier.
    fn resolve(&self, registered: &Registered) -> Result<AnySpec, String>;
    fn instructions(&self) -> Option<String>;
    fn handoffs(&self) -> Vec<Handoff>;
    /// The answer of a run that began with it, as JSON.
    ///
    /// # Errors
    /// When it is not what the output type takes.
    fn read(&self, answer: &Answer) -> Result<Value, serde_json::Error>;
    /// Its fields as a workflow's input, if they can be that.
    fn as_input(&self) -> Option<Map<String, Value>> {
        None
    }
}

impl<A: Agent> AnyAgent for A {
    fn name(&self) -> &str {
        A::SPEC.name()
    }
    fn resolve(&self, _: &Registered) -> Result<AnySpec, String> {
        Ok(AnySpec::Written(A::SPEC))
    }
    fn instructions(&self) -> Option<String> {
        Agent::instructions(self)
    }
    fn handoffs(&self) -> Vec<Handoff> {
        Agent::handoffs(self)
    }
    fn read(&self, answer: &Answer) -> Result<Value, serde_json::Error> {
        parse_answer::<A::Output>(answer, A::SPEC.output)?;
        answer_value(answer, A::SPEC.output)
    }
    fn as_input(&self) -> Option<Map<String, Value>> {
        Agent::as_input(self)
    }
}
