//! Changes of a workflow's code while runs of it are under way.

use crate::runner::here;

/// Whether this run goes the new way of a change. It does not if it was past this point when the code was still the old one:
/// so runs under way do again what they did.
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
/// What it says is noted in the history, once for each `id`, and is the same ever after, wherever it is asked again and also
/// when the workflow continues as new. When no run is left that began before the change, write [`deprecate_patch`] in its place and drop the old way; when
/// none is left that has it noted, drop that too.
///
/// Changes of prompts, models, and the descriptions and schemas of tools need none of this; neither do tools that are
/// added. Outside a workflow it is always the new way.
#[must_use]
pub fn patched(id: &str) -> bool {
    here().patched(id, false)
}

/// Takes the place of [`patched`] when the old way of a change is gone: runs that have the change noted replay with it, and it
/// notes it for new ones. A run that went the old way does not replay any more.
pub fn deprecate_patch(id: &str) {
    here().patched(id, true);
}
