//! For programs that use Temporal's own SDK: an app of this crate in a worker of theirs.
//!
//! What is here names the SDK's types, so the SDK's version (1.1) is a part of it.

pub use crate::durable::{Definition, Plugin, definition, within};
