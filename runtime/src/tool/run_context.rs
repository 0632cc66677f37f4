//! The context of a run: what a caller gives it for its tools, and a model never sees.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{fmt, ops::Deref, sync::Arc};

/// The context of the run that a tool is called in: who the user is, which order this is about.
///
/// It is given with the run, `agent.run(input).context(&trip)`, and is no part of a tool's schema. Unlike a
/// [`State`](super::State), which belongs to a worker, it travels as JSON with each call of a tool that takes it, so it
/// should be small: an id rather than what the id stands for.
pub struct RunContext<T: ?Sized>(Arc<T>);

impl<T> RunContext<T> {
    /// Wraps a value, to call a tool by hand.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Arc::new(value))
    }
}

impl<T: ?Sized> Clone for RunContext<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T: ?Sized> Deref for RunContext<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RunContext<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What can be the context of a run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the context of a run",
    label = "a `{Self}` cannot travel to a tool",
    note = "derive `serde::Serialize` and `serde::Deserialize` for `{Self}`"
)]
pub trait Travels: DeserializeOwned + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + Sync + 'static> Travels for T {}

/// What a run was given, on its way to a tool: JSON, or why there is none. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given(Option<Result<Arc<Value>, Arc<str>>>);

impl Given {
    pub(crate) fn of(value: &impl Serialize) -> Self {
        let json = serde_json::to_value(value).map(Arc::new);
        Self(Some(json.map_err(|error| format!("the context of this run does not serialise: {error}").into())))
    }

    /// What came with a call.
    pub(crate) fn received(value: Option<Value>) -> Self {
        Self(value.map(|value| Ok(Arc::new(value))))
    }

    /// What is sent along with a call.
    ///
    /// # Errors
    /// Why it cannot be.
    pub(crate) fn sent(&self) -> Result<Option<Value>, String> {
        match &self.0 {
            None => Ok(None),
            Some(Ok(value)) => Ok(Some(Value::clone(value))),
            Some(Err(error)) => Err(error.to_string()),
        }
    }

    /// What was given, as a `T`.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn read<T: DeserializeOwned>(&self) -> Result<T, String> {
        match &self.0 {
            None => Err("none was given; add `.context(..)` to the run or call".to_owned()),
            Some(Ok(value)) => {
                T::deserialize(value.as_ref()).map_err(|error| format!("what was given is another: {error}"))
            }
            Some(Err(error)) => Err(error.to_string()),
        }
    }
}
