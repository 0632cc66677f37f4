//! Workflows: async functions that go on where they were after a crash, and what they may do while they run.

mod clock;
mod definition;
mod map;
mod reach;
pub mod saga;

pub use clock::{RandomValue, Wait, now, random, signal, sleep, unchecked, uuid};
pub use definition::{Execution, Workflow, WorkflowFn, WorkflowInput, WorkflowOutput};
pub use futures::{join, select_biased as select, try_join};
pub use map::{Map, TryMap, map, try_map};
pub use reach::Reach;
pub use saga::Saga;

pub(crate) use definition::BoxError;
pub(crate) use map::in_order;
