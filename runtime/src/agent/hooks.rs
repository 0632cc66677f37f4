//! Hooks: what a run tells of itself while it goes.

use crate::{
    enclosed::outside,
    model::{Conversation, ModelError, ModelResponse},
    tool::ToolFailure,
};
use serde_json::{Map, Value};
use std::{fmt, panic::AssertUnwindSafe, sync::Arc};

/// Somebody who is told what happens in runs, as it happens: for logs, measurements, a progress bar. Each method does
/// nothing unless it is written.
///
/// Set for all runs of an app by [`App::hooks`](crate::App::hooks), for one run by
/// [`Running::hooks`](crate::Running::hooks); agents that are called as tools tell the same. What is told changes nothing: a
/// hook cannot end a run, and one that panics is logged and passed over.
///
/// In a workflow hooks are not told again what a replay repeats: each is told once, unless the worker dies before the server
/// knows what it had done, and then on another worker again. They are called while the workflow's code runs, so they must not
/// block; what takes long belongs into a channel.
///
/// ```
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::{Arc, atomic::{AtomicU64, Ordering}};
/// use steadfast::{hooks::{Hooks, ModelEnd}, prelude::*, testing::ScriptedModel};
///
/// /// Counts tokens.
/// #[derive(Clone, Default)]
/// struct Meter(Arc<AtomicU64>);
///
/// impl Hooks for Meter {
///     fn model_end(&self, call: &ModelEnd<'_>) {
///         if let Ok(answer) = call.answer {
///             self.0.fetch_add(answer.usage.total_tokens(), Ordering::Relaxed);
///         }
///     }
/// }
///
/// #[agent(model = "any")]
/// struct Greeter;
///
/// let (meter, model) = (Meter::default(), ScriptedModel::new().says("Hello.").start().await?);
/// let app = App::new("greetings").agent::<Greeter>().provider("openai", model.provider()).hooks(meter.clone());
/// app.inline(Greeter.run("Hi!")).await?;
/// assert!(meter.0.load(Ordering::Relaxed) > 0);
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
pub trait Hooks: Send + Sync + 'static {
    /// An agent begins: the run's first, and each that is handed over to.
    fn agent_start(&self, _agent: &str) {}
    /// An agent has the run's answer.
    fn agent_end(&self, _end: &AgentEnd<'_>) {}
    /// A model is about to be asked.
    fn model_start(&self, _call: &ModelStart<'_>) {}
    /// A model has answered, or failed for good.
    fn model_end(&self, _call: &ModelEnd<'_>) {}
    /// A tool is about to be called.
    fn tool_start(&self, _call: &ToolStart<'_>) {}
    /// A tool has come back, or failed for good.
    fn tool_end(&self, _call: &ToolEnd<'_>) {}
    /// An agent hands the run over.
    fn handoff(&self, _from: &str, _to: &str) {}
}

/// See [`Hooks::agent_end`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AgentEnd<'a> {
    /// The agent.
    pub agent: &'a str,
    /// Its answer; one that is typed, as JSON.
    pub output: &'a Value,
}

/// See [`Hooks::model_start`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ModelStart<'a> {
    /// The agent whose turn it is.
    pub agent: &'a str,
    /// The model, perhaps with its provider.
    pub model: &'a str,
    /// The number of the turn in the run, from 1.
    pub turn: u32,
    /// The rendered instructions.
    pub instructions: Option<&'a str>,
    /// What it is shown.
    pub conversation: &'a Conversation,
}

/// See [`Hooks::model_end`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ModelEnd<'a> {
    /// The agent whose turn it is.
    pub agent: &'a str,
    /// The model, perhaps with its provider.
    pub model: &'a str,
    /// The number of the turn in the run, from 1.
    pub turn: u32,
    /// What it has answered, with what that has cost.
    pub answer: Result<&'a ModelResponse, &'a ModelError>,
}

/// See [`Hooks::tool_start`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ToolStart<'a> {
    /// The agent that calls it.
    pub agent: &'a str,
    /// The tool, or the agent that is one.
    pub tool: &'a str,
    /// The model's id of the call.
    pub call_id: &'a str,
    /// What it is called with.
    pub arguments: &'a Map<String, Value>,
}

/// See [`Hooks::tool_end`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ToolEnd<'a> {
    /// The agent that has called it.
    pub agent: &'a str,
    /// The tool, or the agent that is one.
    pub tool: &'a str,
    /// The model's id of the call.
    pub call_id: &'a str,
    /// What came of it.
    pub result: Result<&'a Value, &'a ToolFailure>,
}

/// Somebody's hooks. Clones are the same.
#[derive(Clone)]
pub(crate) struct AnyHooks(Arc<dyn Hooks>);

impl AnyHooks {
    pub(crate) fn of(hooks: impl Hooks) -> Self {
        Self(Arc::new(hooks))
    }

    /// Tells them something, whatever they make of it.
    pub(super) fn tell(&self, say: impl Fn(&dyn Hooks)) {
        // What a hook does is no part of the workflow.
        let told = std::panic::catch_unwind(AssertUnwindSafe(|| outside(|| say(self.0.as_ref()))));
        if told.is_err() {
            tracing::error!("a hook has panicked; the run goes on");
        }
    }
}

impl fmt::Debug for AnyHooks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hooks")
    }
}
