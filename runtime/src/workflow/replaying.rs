//! What a replay does not repeat, or must not: a log, and what somebody has thought about.

use crate::{enclosed::outside, runner::here};
use std::cell::Cell;

/// Whether what happens now has happened before, and the workflow only comes back to where it was. For a log or a measurement
/// of your own, see [`log`]; a workflow that does something else by it fails. Outside a workflow it never is.
#[must_use]
pub fn is_replaying() -> bool {
    !here().is_live()
}

/// Calls a function where what happens now happens for the first time, and not where it is replayed: for a log.
///
/// ```
/// # use steadfast::prelude::*;
/// #[workflow]
/// async fn greeting(name: String) -> String {
///     workflow::log(|| tracing::info!(name, "somebody is here"));
///     workflow::log(|| println!("{name} is here"));
///     format!("Hello, {name}!")
/// }
/// # fn main() {}
/// ```
///
/// After a crash in the middle of a task it is called once more, as an activity is. Queries and validators are told nothing of
/// replays; there it is always called.
pub fn log(write: impl FnOnce()) {
    if !is_replaying() {
        unchecked(write);
    }
}

/// Calls a function that the compiler would otherwise refuse in the body of a workflow or of an inline tool, because a
/// replay could not repeat it. This is the way out where it does no harm, and it can be searched for:
///
/// ```
/// # use steadfast::prelude::*;
/// #[workflow]
/// async fn measured(numbers: Vec<u64>) -> u64 {
///     let began = workflow::unchecked(std::time::Instant::now);
///     let sum = numbers.iter().sum();
///     // Nothing depends on it.
///     workflow::unchecked(|| println!("took {:?}", began.elapsed()));
///     sum
/// }
/// # fn main() {}
/// ```
///
/// Nothing of it is recorded. Code that does something else on a replay fails the workflow's task.
pub fn unchecked<T>(call: impl FnOnce() -> T) -> T {
    let _before = Before(UNCHECKED.replace(true));
    outside(call)
}

thread_local! {
    static UNCHECKED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this is within a function that [`unchecked`] calls.
pub(crate) fn is_unchecked() -> bool {
    UNCHECKED.get()
}

/// Puts back what was there, also when the function panics.
struct Before(bool);

impl Drop for Before {
    fn drop(&mut self) {
        UNCHECKED.set(self.0);
    }
}
