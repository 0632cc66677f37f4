//! Which agents and tools a workflow leads to, so that an app need not be told.

use crate::{
    agent::{AgentSpec, Compaction},
    tool::{AnyTool, Guard, Registered, ToolDef, ToolOptions},
};
use std::sync::Arc;

/// Collects what is reached: directly, and through the tools and handoffs of agents.
#[derive(Debug, Default)]
pub struct Reach {
    pub(crate) agents: Vec<&'static AgentSpec>,
    pub(crate) tools: Vec<AnyTool>,
    /// Agents that are workflows too, and how each is made of its input.
    pub(crate) startable: Vec<(&'static AgentSpec, &'static ToolDef)>,
}

impl Reach {
    /// Adds an agent, its tools and the agents it may hand over to.
    pub fn agent(&mut self, spec: &'static AgentSpec) {
        if self.agents.iter().any(|known| known.place() == spec.place()) {
            return;
        }
        self.agents.push(spec);
        for def in spec.tools() {
            self.tool(def);
        }
        self.guards(spec.options.input_guardrails);
        self.guards(spec.options.output_guardrails);
        if let Some(Compaction::Agent(def)) = spec.options.compaction {
            self.tool(def);
        }
        // Agents may hand over in circles; the check above ends them.
        for handoff in spec.handoffs {
            if let Some(def) = handoff.on_handoff {
                self.tool(def);
            }
            self.agent((handoff.to)());
        }
    }

    /// Adds the tools that go by one name.
    pub fn tools(&mut self, defs: &[&'static ToolDef]) {
        for def in defs {
            self.tool(def);
        }
    }

    /// Adds a tool.
    pub fn tool(&mut self, def: &'static ToolDef) {
        self.any_tool(AnyTool::Written(def));
    }

    /// Adds a tool, and the agent that it may be.
    pub(crate) fn any_tool(&mut self, tool: AnyTool) {
        if self.tools.iter().any(|known| known.is(&tool)) {
            return;
        }
        let agent = tool.agent();
        let ToolOptions { input_guardrails, output_guardrails, .. } = *tool.options();
        self.tools.push(tool);
        self.guards(input_guardrails);
        self.guards(output_guardrails);
        // Agents may also call each other in circles, which the check above ends.
        if let Some(agent) = agent {
            self.agent((agent.spec)());
        }
    }

    fn guards(&mut self, guards: &[Guard]) {
        for guard in guards {
            self.tool(guard.def);
        }
    }

    /// All tools, by name.
    pub(crate) fn registered(&self) -> Registered {
        Arc::new(self.tools.iter().map(|tool| (tool.name().to_owned(), tool.clone())).collect())
    }
}
