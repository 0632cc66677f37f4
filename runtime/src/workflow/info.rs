//! What a workflow is, to its own code.

use crate::runner::here;

/// What a workflow is called: what stays the same as long as it is there, over all the runs that it continues
/// as.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// Its id.
    pub id: String,
    /// The id of the first of its runs.
    pub first_run_id: String,
    /// Its type's name.
    pub workflow: String,
    /// The id of the workflow that has started it, if one has.
    pub parent: Option<String>,
}

/// What the workflow is that this is called in; `None` outside of one.
///
/// ```
/// # use steadfast::{prelude::*, workflow};
/// #[workflow]
/// async fn report(topic: String) -> Result<String> {
///     // To be told to others, who send it signals.
///     let id = workflow::info().map(|info| info.id).unwrap_or_default();
///     Ok(format!("{topic}, asked by {id}"))
/// }
/// # fn main() {}
/// ```
#[must_use]
pub fn info() -> Option<Info> {
    here().info()
}
