//! What Temporal works on for a workflow's code, and what becomes of each when the workflow goes on as a new run.

use crate::{
    durable::desk::Waiting,
    effects::{Anew, Boundary},
};
use futures::future::LocalBoxFuture;
use serde_json::Value;
use std::time::SystemTime;

/// A request that Temporal works on.
pub(crate) struct Begun {
    /// Ends when the answer has been delivered, and says how many bytes of payload that was.
    pub(crate) work: LocalBoxFuture<'static, usize>,
    /// What it sends, in bytes of payload, when it is first polled.
    pub(crate) bytes: usize,
    /// For a local activity, what its result may come to, in bytes: that travels with the task as well.
    pub(crate) local: Option<usize>,
    pub(crate) waiting: Waiting,
    pub(crate) carrying: Carrying,
    /// Whether it is only there so that there is another task.
    pub(crate) is_pause: bool,
    /// Whether it was ever waited for, and not over as soon as it was begun.
    pub(crate) was_pending: bool,
    /// Cancels the work.
    pub(crate) cancel: Box<dyn Fn()>,
}

/// What becomes of a request when the workflow continues as new.
pub(crate) enum Carrying {
    /// Has to be over before.
    Finished,
    /// The same, but it may last: what is waited for is somebody's decision.
    Decided,
    /// The same, asked for by the code itself: another workflow, which a new run would know nothing of.
    Child,
    /// Is not begun any more; the new run asks for it again.
    AskedAgain,
    /// The same, and it is the boundary of a turn of an agent's run.
    Boundary(Boundary),
    /// The time that a run has is over; it asks for that again wherever it goes on.
    Deadline,
    /// Is what the new run begins with, instead of all that the code was told.
    StartOver(Value),
    /// Is the new run, which knows nothing of this one.
    Anew(Anew),
    /// May be waited for across runs: a signal, or until a point in time, by the number of the request.
    Waited(Option<(u64, SystemTime)>),
}

impl Begun {
    /// Whether an activity of the server was asked for: its answer comes with another task.
    pub(super) fn is_sent(&self) -> bool {
        self.local.is_none() && !self.waits() && !matches!(self.carrying, Carrying::Decided | Carrying::Child)
    }

    /// Whether it is another workflow that is waited for, or sent something: the server counts these by themselves.
    pub(super) fn is_of_another(&self) -> bool {
        matches!(self.carrying, Carrying::Child)
    }

    /// Whether a run of an agent has asked for it, and not the workflow's own code.
    pub(super) fn is_of_a_run(&self) -> bool {
        matches!(self.carrying, Carrying::Boundary(_) | Carrying::Finished | Carrying::Decided | Carrying::Deadline)
    }

    /// Whether a new run may wait for it in its turn.
    pub(super) fn waits(&self) -> bool {
        matches!(self.carrying, Carrying::Waited(_) | Carrying::StartOver(_) | Carrying::Anew(_) | Carrying::Deadline)
    }

    pub(super) fn can_be_parked(&self) -> bool {
        matches!(self.carrying, Carrying::AskedAgain | Carrying::Boundary(_))
    }
}
