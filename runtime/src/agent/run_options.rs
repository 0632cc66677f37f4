//! What a caller may decide about one run.

use super::{
    AnyHooks, Approver, Budget, Listener, RunError, ToolNotFound,
    filters::{HandoffInput, ModelInput},
    ledger::Ledger,
};
use crate::{model::ModelSettings, tool::Given};
use std::{fmt, sync::Arc, time::Duration};

/// What a caller may decide about one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) max_turns: Option<u32>,
    /// What becomes of a call to an unknown tool, where that is not what the agents say.
    pub(crate) tool_not_found: Option<ToolNotFound>,
    /// What its tools are given.
    pub(crate) given: Given,
    /// Whether model calls are local activities.
    pub(crate) local_model_calls: bool,
    /// Who approves calls outside a workflow.
    pub(crate) approver: Option<Approver>,
    /// What it may spend, where that is not what its agent says.
    pub(crate) budget: Budget,
    /// The longest it may take, where that is not what its agent says.
    pub(crate) timeout: Option<Duration>,
    /// The most tool calls at once.
    pub(crate) tool_concurrency: Option<usize>,
    /// The model of all its agents, where that is not their own.
    pub(crate) model: Option<Arc<str>>,
    /// The models to fall back on, where they are not the agents' own.
    pub(crate) fallback_models: Option<Vec<Arc<str>>>,
    /// What is set in place of the agents' settings.
    pub(crate) settings: Option<Arc<ModelSettings>>,
    /// How often an answer that is none is asked for again, where that is not what its agent says.
    pub(crate) repair_turns: Option<u32>,
    pub(crate) input_filter: Option<Closure<OnInput>>,
    pub(crate) handoff_filter: Option<Closure<OnHandoff>>,
    /// What answers where the run has none.
    pub(crate) on_error: Option<Closure<OnError>>,
    /// Who is told what happens in it.
    pub(crate) hooks: Option<AnyHooks>,
    /// Who is shown its events, if it is streamed.
    pub(crate) listener: Option<Listener>,
    /// The books of the run that this one is within, if an agent has called it.
    pub(crate) within: Option<Arc<Ledger>>,
}

impl Options {
    /// What holds for an agent that is called as a tool. Its model, how long it may take and the like are its own affair.
    pub(super) fn of_called(&self, within: Arc<Ledger>) -> Self {
        Self {
            tool_not_found: self.tool_not_found,
            given: self.given.clone(),
            local_model_calls: self.local_model_calls,
            approver: self.approver.clone(),
            hooks: self.hooks.clone(),
            listener: self.listener.clone(),
            within: Some(within),
            ..Self::default()
        }
    }
}

pub(crate) type OnInput = dyn Fn(&mut ModelInput<'_>) + Send + Sync;
pub(crate) type OnHandoff = dyn Fn(&mut HandoffInput<'_>) + Send + Sync;
/// The answer of a run that ended without one: as text, or why it has no JSON.
pub(crate) type OnError = dyn Fn(&RunError) -> Option<Result<String, serde_json::Error>> + Send + Sync;

/// A function of the caller's. There is nothing of it to be shown.
pub(crate) struct Closure<F: ?Sized>(pub(crate) Arc<F>);

impl<F: ?Sized> Clone for Closure<F> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<F: ?Sized> fmt::Debug for Closure<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closure")
    }
}
