//! Changes of a workflow's code while runs of it are under way.

use crate::runner::here;

/// Whether the run goes the new way of a change, or did it begin before: so that runs under way do what they did.
///
/// ```
/// # use steadfast::{prelude::*, workflow};
/// # /// Books a seat.
/// # #[tool] fn book(trip: String) {}
/// # /// Checks a passport.
/// # #[tool] fn check_passport(trip: String) {}
/// #[workflow]
/// async fn travel(trip: String) -> Result<()> {
///     if workflow::patched("check-passports") {
///         check_passport::call(trip.clone()).await?;
///     }
///     book::call(trip).await?;
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// What it says is noted in the history, once for each `id`, and is the same ever after, also when the workflow continues as
/// new. When no run is left that began before the change, write [`deprecate_patch`] in its place and drop the old way; when
/// none is left that has it noted, drop that too.
///
/// Changes of prompts, models, and the descriptions and schemas of tools need none of this; neither do tools that are
/// added. Outside a workflow it is always the new way.
#[must_use]
pub fn patched(id: &str) -> bool {
    here().patched(id, false)
}

/// Notes that the code goes the new way of a change that has no old way any more, for runs that have it noted.
pub fn deprecate_patch(id: &str) {
    here().patched(id, true);
}
