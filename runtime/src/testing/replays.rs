//! Replays recorded histories: whether workflows that began with older code go on with today's.

use crate::{App, Replays, Result};
use std::path::Path;

/// Replays every history in a folder, and below it, with the app's workflows as they are today.
///
/// ```no_run
/// use steadfast::{prelude::*, testing::replay_dir};
///
/// # #[workflow]
/// # async fn booking(hotel: String) -> String {
/// #     hotel
/// # }
/// #[tokio::test]
/// async fn workflows_that_run_now_go_on_with_this_code() -> Result<()> {
///     replay_dir(&App::new("bookings").workflow(booking), "tests/histories").await?;
///     Ok(())
/// }
/// ```
///
/// Histories come from [`Handle::save_history`](crate::Handle::save_history) or
/// [`Client::save_histories`](crate::Client::save_histories), from `temporal workflow show --output json`, or from the UI.
/// No model and no tool is called, and no server is needed; the app needs its workflows, and the same codec and blobs.
///
/// # What it notices
///
/// A step more or fewer, of another kind or name, or in another order: a tool call, a model call, a timer, a child
/// workflow, a signal that is sent, the end. Also what follows from it: a turn more, a handoff, a tool that has become
/// `inline` or `local`, a type that what was recorded no longer fits. With
/// [`.strict()`](Replays::strict), other values too: what a tool or a child workflow is called with, how long a timer is,
/// what the workflow returns.
///
/// # What it does not notice
///
/// - What is not in the histories: a branch that none of them has taken. Save one for each.
/// - What leaves no step: an `inline` tool, a computation, the order of two things that ask for nothing.
/// - What a model is asked: instructions, tools' descriptions, settings. That may change, and a workflow that is there goes
///   on with the new ones at its next call.
/// - Options: timeouts, retries, task queues. And the arguments of a local call, which are not recorded.
/// - The tools themselves. Their recorded results are used.
///
/// # Errors
/// [`ReplayError::Several`](crate::ReplayError::Several) with each file that does not replay, and why. Also when there is
/// no history in the folder.
pub async fn replay_dir(app: &App, dir: impl AsRef<Path>) -> Result<Replays> {
    Ok(app.replayer().replay_dir(dir).await?)
}
