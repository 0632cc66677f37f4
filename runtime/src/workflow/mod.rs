//! Workflows: async functions that go on where they were after a crash, and what they may do while they run.

mod cancel;
mod child;
mod clock;
mod continuing;
mod definition;
mod info;
mod map;
mod noted;
mod reach;
mod replaying;
pub mod saga;
mod select;
mod stateful;
mod versions;

#[doc(inline)]
pub use crate::__select as select;
pub use crate::effects::ParentClose;
pub use cancel::{CancelScope, Cancelled, cancelled, shield};
pub use child::{Child, ChildHandle, External, child, child_named, external};
pub use clock::{RandomValue, Wait, now, random, signal, sleep, uuid};
pub use continuing::{continue_as_new, continue_as_new_suggested};
pub use definition::{Execution, Workflow, WorkflowFn, WorkflowInput, WorkflowOutput};
#[doc(hidden)]
pub use futures::select_biased as __select_biased;
pub use futures::{join, try_join};
pub use info::{Info, info};
pub use map::{Map, TryMap, map, try_map};
pub use noted::{remove_search_attribute, upsert_memo, upsert_search_attribute};
pub use reach::Reach;
pub use replaying::{is_replaying, log, unchecked};
pub use saga::Saga;
pub use select::fused;
pub use stateful::WorkflowContext;
pub use versions::{deprecate_patch, patched};

pub(crate) use definition::BoxError;
pub(crate) use map::in_order;
pub(crate) use replaying::is_unchecked;
pub(crate) use stateful::Served;

#[doc(hidden)]
pub mod handlers {
    //! What `#[workflow] impl` expands to.
    pub use super::stateful::{
        Answer, FirstState, Handled, Handlers, MessageNames, Nothing, Query, Sent, Signal, Update, query, signal,
        signal_later, update, update_later, validate,
    };
}
