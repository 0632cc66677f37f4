//! A tool, however it came to be: written down by `#[tool]`, or made while the program runs.

use super::{
    AgentTool, DynamicTool, Runs, StateDef, ToolDef, ToolOptions,
    schema::{self, SchemaError},
};
use crate::model::ToolDefinition;
use std::{collections::BTreeMap, sync::Arc};

/// A handle to a tool; clones are the same tool.
#[derive(Clone, Debug)]
pub(crate) enum AnyTool {
    Written(&'static ToolDef),
    Dynamic(Arc<DynamicTool>),
}

/// The tools that an app has, by name.
pub(crate) type Registered = Arc<BTreeMap<String, AnyTool>>;

impl AnyTool {
    /// What stands for a tool that a model was offered by other code than this.
    pub(crate) fn gone(name: &str) -> Self {
        Self::Dynamic(Arc::new(DynamicTool::gone(name.to_owned())))
    }

    /// Whether it is one that only other code has.
    pub(crate) fn is_gone(&self) -> bool {
        matches!(self, Self::Dynamic(tool) if tool.is_gone)
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Written(def) => def.name,
            Self::Dynamic(tool) => &tool.name,
        }
    }

    /// What it is called in the source, where that is no method.
    pub(crate) fn item(&self) -> &str {
        match self {
            Self::Written(def) if !def.item.contains(':') => def.item,
            other => other.name(),
        }
    }

    pub(crate) fn options(&self) -> &ToolOptions {
        match self {
            Self::Written(def) => &def.options,
            Self::Dynamic(tool) => &tool.options,
        }
    }

    /// What it does to the world.
    pub(crate) fn effects(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.options().effects.iter().copied()
    }

    /// What it is handed over beside its arguments.
    pub(crate) fn states(&self) -> &'static [StateDef] {
        match self {
            Self::Written(def) => def.states,
            // What it needs is in its closure.
            Self::Dynamic(_) => &[],
        }
    }

    /// Whether it wants the context of the run.
    pub(crate) fn wants_run(&self) -> bool {
        self.states().iter().any(|state| state.is_of_run)
    }

    /// The agent that it is, if it is one.
    pub(crate) fn agent(&self) -> Option<&'static AgentTool> {
        match self {
            Self::Written(ToolDef { run: Runs::Agent(agent), .. }) => Some(agent),
            _ => None,
        }
    }

    /// Whether only code calls it, and no model is told of it.
    pub(crate) fn is_activity(&self) -> bool {
        matches!(self, Self::Written(ToolDef { run: Runs::Activity(_), .. }))
    }

    /// What to call it in messages.
    pub(crate) fn noun(&self) -> &'static str {
        match self {
            Self::Written(def) => def.noun(),
            Self::Dynamic(_) => "tool",
        }
    }

    /// Whether the model's provider will call it: then it is only decided about here.
    pub(crate) fn is_at_provider(&self) -> bool {
        matches!(self, Self::Dynamic(tool) if tool.at_provider)
    }

    /// What tells it from all other tools of an app.
    pub(super) fn identity(&self) -> String {
        match self {
            Self::Written(def) => def.path(),
            // No path is without a colon, and no name has one.
            Self::Dynamic(tool) => tool.name.clone(),
        }
    }

    /// Where it was made, for messages.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Written(def) => def.path(),
            Self::Dynamic(_) => "one made at run time".to_owned(),
        }
    }

    /// Whether both are the same. (The same constant may be in memory twice, so its address says nothing.)
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Written(one), Self::Written(other)) => (one.module, one.item) == (other.module, other.item),
            (Self::Dynamic(one), Self::Dynamic(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    /// The tool as a model sees it.
    ///
    /// # Errors
    /// When its schema is one that strict mode cannot express.
    pub(crate) fn definition(&self) -> Result<ToolDefinition, SchemaError> {
        match self {
            Self::Written(def) => schema::definition(def),
            Self::Dynamic(tool) => tool.definition(),
        }
    }
}
