//! For programs that use Temporal's own SDK: an app of this crate as a part of theirs (feature `temporal-sdk`).
//!
//! - [`App::plugin`](crate::App::plugin) gives a [`Plugin`] for the options of a client or a worker.
//! - [`definition`] names a workflow of this crate to a client, or to a workflow that starts it as a child.
//! - [`within`] runs agents and tools in a workflow that is written with the SDK.
//!
//! What is here names the SDK's types, so that the SDK's version, 1.1, is a part of it, and its plugins are experimental there.

pub use crate::durable::{Definition, Plugin, definition, within};
