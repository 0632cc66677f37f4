//! Activities: steps of a workflow that are called as tools are, by code alone. No model is told of them.

use super::{Tool, ToolError, outcome};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::fmt;

/// A step of a workflow that is no tool, made by [`#[activity]`](macro@crate::activity).
///
/// The attribute implements this for a type that shares the function's name, and [`Tool`], for it is called as a tool is; that
/// no agent lists it is checked while compiling. There is nothing here to call by hand: a workflow calls `charge::call(..)`, and
/// for an app whose workflows do so out of sight there is [`App::activity`](crate::App::activity).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activity",
    label = "not an activity",
    note = "put `#[activity]` on a function to make one; a tool is a step of a workflow as it is, and registered as a tool"
)]
pub trait Activity: Tool {}

/// What an activity may be given: anything serde can read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the argument of an activity",
    label = "a `{Self}` cannot be read from JSON",
    note = "derive `serde::Deserialize` for `{Self}`",
    note = "what the worker hands to the activity is wrapped: `State<{Self}>`"
)]
pub trait ActivityArgument: DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + Send + 'static> ActivityArgument for T {}

/// What an activity may return: anything serde can write.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of an activity",
    label = "a `{Self}` cannot be written as JSON",
    note = "derive `serde::Serialize` for `{Self}`"
)]
pub trait ActivityResult: Serialize {}

#[diagnostic::do_not_recommend]
impl<T: Serialize> ActivityResult for T {}

/// An error of an activity.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of an activity",
    label = "nobody could be told what this `{Self}` is",
    note = "implement `Display` for `{Self}`, or return a `ToolError`"
)]
pub trait Fails: fmt::Display + 'static {}

#[diagnostic::do_not_recommend]
impl<E: fmt::Display + 'static> Fails for E {}

/// What came of an activity that returns a `Result`, as JSON.
///
/// # Errors
/// The activity's own, or that the value does not serialise.
pub fn done_or_failed<T: ActivityResult, E: Fails>(returned: Result<T, E>) -> Result<Value, ToolError> {
    outcome::fallible(returned)
}

/// What came of an activity that returns a plain value, as JSON.
///
/// # Errors
/// When the value does not serialise.
pub fn done<T: ActivityResult>(value: T) -> Result<Value, ToolError> {
    outcome::infallible(value)
}
