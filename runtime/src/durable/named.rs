//! One workflow type under several names: the SDK asks a type for its name, and the workflow of all agents has many.

use std::cell::Cell;

thread_local! {
    static NAME: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Calls `f`, in which types that have no name of their own go by this one.
pub(crate) fn with<T>(name: &'static str, f: impl FnOnce() -> T) -> T {
    let before = NAME.replace(Some(name));
    let result = f();
    NAME.set(before);
    result
}

/// A type's own name, or the one that it goes by here.
pub(crate) fn or(own: &'static str) -> &'static str {
    if own.is_empty() { NAME.get().unwrap_or(own) } else { own }
}
