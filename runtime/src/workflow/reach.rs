//! Which agents and tools a workflow leads to, so that an app need not be told.

use crate::{agent::AgentSpec, tool::ToolDef};

/// Collects what is reached: directly, and through the tools and handoffs of agents.
#[derive(Debug, Default)]
pub struct Reach {
    pub(crate) agents: Vec<&'static AgentSpec>,
    pub(crate) tools: Vec<&'static ToolDef>,
}

impl Reach {
    /// Adds an agent, its tools and the agents it may hand over to.
    pub fn agent(&mut self, spec: &'static AgentSpec) {
        if self.agents.iter().any(|known| known.path == spec.path) {
            return;
        }
        self.agents.push(spec);
        for def in spec.tools() {
            self.tool(def);
        }
        // Agents may hand over in circles; the check above ends them.
        for target in spec.handoffs {
            self.agent(target());
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
        if !self.tools.iter().any(|known| known.path() == def.path()) {
            self.tools.push(def);
        }
    }
}
