//! Streaming through a workflow: what its runs show of themselves reaches whoever follows it, while models talk.
//!
//! Nothing of it is recorded. What has happened follows from the workflow's code, so a replay shows it again, and each
//! worker that has the workflow has the same events in the same order (`log`). A model's text is on its way between an
//! activity and its answer, and belongs to no history: the activity tells the workflow of it by queries (`relay`), which
//! leave no trace, and the workflow keeps it in memory until the answer is there, which has the same text. Whoever
//! follows the workflow asks it, by queries as well, for what comes after an offset (`events`).

mod events;
mod log;
mod relay;

pub use events::Events;
pub(crate) use log::{Log, Page, Piece};
pub use log::{Offset, Streamed};
pub(crate) use relay::Telling;

/// The query by which a model's activity tells its workflow what the model says.
pub(crate) const SAY: &str = "steadfast.say";
/// The query for what has happened since an offset.
pub(crate) const EVENTS: &str = "steadfast.events";
