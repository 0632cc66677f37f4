//! Workflows with a state: a value that signals change, queries read, and a body waits for.

mod attended;
mod context;
mod handlers;

pub use context::WorkflowContext;
pub use handlers::{
    Answer, FirstState, Handled, Handlers, MessageNames, Nothing, Query, Sent, Signal, Update, query, signal,
    signal_later, update, update_later, validate,
};

pub(crate) use attended::Attended;
pub(crate) use handlers::{Served, Stateful};
