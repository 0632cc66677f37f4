//! What a tool gets besides its arguments: state of the worker, and who is calling.

use super::{CallOptions, Given, ToolError, line::Line};
use crate::effects::{AskedBy, ToolCall};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    any::{Any, TypeId},
    collections::HashMap,
    fmt,
    ops::Deref,
    sync::Arc,
    time::SystemTime,
};

/// A value that the worker hands to a tool: a client, a pool, a configuration.
///
/// It is registered once, with `App::state`, and is no part of the tool's schema: a model never sees it.
/// Cloning is cheap; all clones are the same value.
pub struct State<T: ?Sized>(Arc<T>);

impl<T> State<T> {
    /// Wraps a value, to call a tool by hand: `weather("Lisbon".into(), Unit::C, State::new(client))`.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: ?Sized> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for State<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a worker can hand to all its tools at once: anything that threads can share.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the state of a worker",
    label = "threads cannot share a `{Self}`",
    note = "tools run on any thread and side by side; use `Arc` for `Rc`, and `Mutex` for `RefCell` or `Cell`"
)]
pub trait Shared: Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync + 'static> Shared for T {}

/// All state of an app, by type.
#[derive(Clone, Default)]
pub struct StateMap(Arc<HashMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl StateMap {
    /// Keeps `value`, and says whether it is the first of its type; a second takes the place of the first.
    pub fn insert<T: Send + Sync + 'static>(&mut self, value: T) -> bool {
        Arc::make_mut(&mut self.0).insert(TypeId::of::<T>(), Arc::new(value)).is_none()
    }

    /// The value of type `T`.
    #[must_use]
    pub fn get<T: Send + Sync + 'static>(&self) -> Option<State<T>> {
        self.0.get(&TypeId::of::<T>()).and_then(|value| Arc::clone(value).downcast().ok()).map(State)
    }

    pub(crate) fn has(&self, id: TypeId) -> bool {
        self.0.contains_key(&id)
    }
}

impl fmt::Debug for StateMap {
    // Values may be secrets; how many there are is all that is safe to say.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StateMap({} values)", self.0.len())
    }
}

/// Who calls a tool, and which attempt it is.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct ToolContext {
    /// The tool's name.
    pub tool: String,
    /// The agent whose model asked for the call; `None` when a workflow calls the tool itself.
    pub agent: Option<String>,
    /// The model's id of the call; `None` when a workflow calls the tool itself.
    pub call_id: Option<String>,
    /// The workflow, when on Temporal.
    pub workflow_id: Option<String>,
    /// Equal for all attempts of one call and for no two calls: hand it to services that take an idempotency key.
    pub idempotency_key: String,
    /// 1 for the first attempt.
    pub attempt: u32,
    /// When this attempt has to be over: then its result is not waited for any more.
    pub deadline: Option<SystemTime>,
    pub(crate) line: Option<Arc<Line>>,
    /// The context of the run, for tools that want it.
    pub(crate) given: Given,
    /// What the call sets in place of the tool's options.
    pub(crate) set: CallOptions,
}

impl ToolContext {
    /// The context of `call`, before its first attempt.
    pub(crate) fn of(call: &ToolCall) -> Self {
        let (agent, call_id) = call.asked_by.clone().map(|AskedBy { agent, call_id }| (agent, call_id)).unzip();
        let call_id = call_id.flatten();
        let (given, set) = (call.given.clone(), call.set);
        Self { tool: call.tool.name().to_owned(), agent, call_id, given, set, ..Self::default() }
    }

    pub(crate) fn on(mut self, line: Arc<Line>) -> Self {
        self.line = Some(line);
        self
    }

    /// Gives a sign of life, with how far the tool is: the next attempt can go on from there, see
    /// [`progress`](Self::progress). Cheap: what is told in quick succession is put together.
    ///
    /// Needed only where `#[tool(heartbeat = "..")]` says so, for a worker gives signs of its own life by itself.
    ///
    /// # Errors
    /// When the progress does not serialise.
    pub fn heartbeat(&self, progress: impl Serialize) -> Result<(), ToolError> {
        let progress = serde_json::to_value(progress)?;
        if let Some(line) = &self.line {
            line.tell(progress);
        }
        Ok(())
    }

    /// How far the attempt before this one was, as it told last with [`heartbeat`](Self::heartbeat). What was told in
    /// the last seconds before its worker died may be missing.
    ///
    /// # Errors
    /// When that was of another type.
    pub fn progress<T: DeserializeOwned>(&self) -> Result<Option<T>, ToolError> {
        let earlier = self.line.as_ref().and_then(|line| line.earlier());
        Ok(earlier.map(T::deserialize).transpose()?)
    }

    /// Whether nobody waits for the result any more: the call was cancelled, or its time is up. A plain function should
    /// look now and then, for it cannot be stopped from outside; an async one is dropped where it waits.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.line.as_ref().is_some_and(|line| line.is_over())
    }

    /// Waits until nobody waits for the result any more: for what a tool has spawned.
    pub async fn cancelled(&self) {
        match &self.line {
            Some(line) => line.over().await,
            None => std::future::pending().await,
        }
    }
}
