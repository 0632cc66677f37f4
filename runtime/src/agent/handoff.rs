//! Handoffs: from one agent to another, in the same conversation.

use super::{AgentSpec, Turn, filters::HandoffFilter, spec::AnyAgent};
use crate::{
    Agent,
    model::ToolDefinition,
    tool::{AnyTool, ToolDef, schema::SchemaError},
};
use serde_json::json;
use std::{fmt, sync::Arc};

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
        write!(f, "Handoff({})", self.0.name())
    }
}

/// A handoff as an agent lists it.
#[derive(Clone, Copy)]
pub struct HandoffSpec {
    /// To whom. A function, because agents may hand over in circles.
    pub to: fn() -> &'static AgentSpec,
    /// The name of the function that the model calls, if not `transfer_to_` and the agent's.
    pub name: Option<&'static str>,
    /// What the model is told of it, if not what the agent says of itself.
    pub description: Option<&'static str>,
    /// The tool that is called on the way, with what the model gives to the handoff.
    pub on_handoff: Option<&'static ToolDef>,
    /// What the next agent is shown.
    pub filter: Option<HandoffFilter>,
    /// Whether the model is offered it in a turn.
    pub enabled: Option<fn(&Turn<'_>) -> bool>,
}

impl HandoffSpec {
    /// A handoff to an agent, with all the rest by default.
    #[must_use]
    pub const fn to(agent: fn() -> &'static AgentSpec) -> Self {
        Self { to: agent, name: None, description: None, on_handoff: None, filter: None, enabled: None }
    }
}

impl fmt::Debug for HandoffSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HandoffSpec({})", (self.to)().name())
    }
}

/// A handoff that an agent may make, whether it is written down or data.
#[derive(Debug)]
pub(crate) struct Target<'a> {
    agent: &'a str,
    description: &'a str,
    options: Option<&'static HandoffSpec>,
}

impl<'a> Target<'a> {
    pub(super) fn written(spec: &'static HandoffSpec) -> Self {
        let agent = (spec.to)();
        Self { agent: agent.name(), description: agent.description, options: Some(spec) }
    }

    pub(super) const fn dynamic(agent: &'a str, description: &'a str) -> Self {
        Self { agent, description, options: None }
    }

    /// The name of the function that the model calls, by default as in the OpenAI Agents SDK.
    pub(super) fn function(&self) -> String {
        if let Some(name) = self.options.and_then(|options| options.name) {
            return name.to_owned();
        }
        let name: String = self.agent.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        format!("transfer_to_{}", name.to_lowercase())
    }

    /// What the model is told of the function.
    pub(super) fn definition(&self) -> Result<ToolDefinition, SchemaError> {
        let (name, description) = (self.function(), self.told());
        if let Some(tool) = self.on_handoff() {
            return Ok(ToolDefinition { name, description, ..tool.definition()? });
        }
        let parameters = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
        Ok(ToolDefinition { name, description, parameters, strict: true })
    }

    fn told(&self) -> String {
        let Self { agent, description, options } = self;
        if let Some(description) = options.and_then(|options| options.description) {
            return description.to_owned();
        }
        let description = format!("Handoff to the {agent} agent to handle the request. {description}");
        description.trim().to_owned()
    }

    pub(super) fn on_handoff(&self) -> Option<AnyTool> {
        self.options?.on_handoff.map(AnyTool::Written)
    }

    pub(super) fn filter(&self) -> Option<HandoffFilter> {
        self.options?.filter
    }

    pub(super) fn is_enabled(&self, turn: &Turn<'_>) -> bool {
        self.options.and_then(|options| options.enabled).is_none_or(|rule| rule(turn))
    }
}
