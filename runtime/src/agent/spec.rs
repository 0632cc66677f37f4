//! An agent is data: what `#[agent]` writes down about a struct.

use crate::{
    model::ModelSettings,
    tool::{
        ToolDef,
        schema::{JsonSchema, SchemaError, StructuredOutput},
    },
};
use serde::de::DeserializeOwned;
use std::{fmt, sync::Arc};

/// Model calls a run may make when neither agent nor call says otherwise, as in the OpenAI Agents SDK.
pub const DEFAULT_MAX_TURNS: u32 = 10;

/// A model with instructions and tools, made by [`#[agent]`](macro@crate::agent).
///
/// To run one, see [`AgentExt::run`](crate::AgentExt::run).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an agent",
    label = "not an agent",
    note = "put `#[agent(..)]` on the struct to make it one"
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
    /// The agent's name.
    pub name: &'static str,
    /// What it is good for; other agents' models choose it by this.
    pub description: &'static str,
    /// Where the struct is, for messages about two agents of one name.
    pub path: &'static str,
    /// The model, perhaps with a provider: `gpt-5.6-luna`, `ollama/llama3.2`.
    pub model: &'static str,
    /// Its tools, in the order the model sees them.
    pub tools: &'static [&'static ToolDef],
    /// The agents it may hand over to. Functions, because agents may hand over in circles.
    pub handoffs: &'static [fn() -> &'static AgentSpec],
    /// The schema of its answer; `None` for plain text.
    pub output: Option<OutputFn>,
    /// The most model calls of a run that starts with it.
    pub max_turns: Option<u32>,
    /// Temperature and the like.
    pub settings: ModelSettings,
}

impl AgentSpec {
    /// The name of the function by which other agents hand over to this one, as in the OpenAI Agents SDK.
    #[must_use]
    pub fn handoff_tool(&self) -> String {
        let name: String = self.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        format!("transfer_to_{}", name.to_lowercase())
    }
}

impl fmt::Debug for AgentSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentSpec").field("name", &self.name).field("model", &self.model).finish_non_exhaustive()
    }
}

/// An agent to hand over to.
#[derive(Clone)]
pub struct Handoff(pub(crate) Arc<dyn AnyAgent>);

impl Handoff {
    /// Hands over to `agent`.
    pub fn to(agent: impl Agent) -> Self {
        Self(Arc::new(agent))
    }
}

impl fmt::Debug for Handoff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handoff({})", self.0.spec().name)
    }
}

/// An agent whose output type is forgotten: what the loop works with.
pub(crate) trait AnyAgent: Send + Sync {
    fn spec(&self) -> &'static AgentSpec;
    fn instructions(&self) -> Option<String>;
    fn handoffs(&self) -> Vec<Handoff>;
}

impl<A: Agent> AnyAgent for A {
    fn spec(&self) -> &'static AgentSpec {
        A::SPEC
    }
    fn instructions(&self) -> Option<String> {
        Agent::instructions(self)
    }
    fn handoffs(&self) -> Vec<Handoff> {
        Agent::handoffs(self)
    }
}
