//! Runs agents and tools where the caller stands: durably inside a workflow, in this process anywhere else.

mod running;
mod tool_run;

pub use running::Running;
pub use tool_run::{CallArguments, ToolRun};

use crate::{
    agent::{Agent, DynamicAgent, Input},
    effects::{self, Effects},
    inline,
};
use std::sync::Arc;

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
