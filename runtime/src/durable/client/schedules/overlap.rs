//! What a schedule does when its workflow is still running at the next time.

use temporalio_client::schedules::ScheduleOverlapPolicy;
use temporalio_common::protos::temporal::api::enums::v1::ScheduleOverlapPolicy as Proto;

/// What a schedule does when the workflow that it started last is still running at the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overlap {
    /// It lets this time pass: the default.
    Skip,
    /// It starts one when the running one has ended, and lets further times pass.
    BufferOne,
    /// It starts them all, one after the other.
    BufferAll,
    /// It cancels the running one, and starts another when that has ended.
    CancelOther,
    /// It terminates the running one, and starts another.
    TerminateOther,
    /// It starts another beside it.
    AllowAll,
}

impl Overlap {
    pub(super) fn proto(self) -> Proto {
        match self {
            Self::Skip => Proto::Skip,
            Self::BufferOne => Proto::BufferOne,
            Self::BufferAll => Proto::BufferAll,
            Self::CancelOther => Proto::CancelOther,
            Self::TerminateOther => Proto::TerminateOther,
            Self::AllowAll => Proto::AllowAll,
        }
    }

    pub(super) fn of(proto: Proto) -> Self {
        match proto {
            Proto::Unspecified | Proto::Skip => Self::Skip,
            Proto::BufferOne => Self::BufferOne,
            Proto::BufferAll => Self::BufferAll,
            Proto::CancelOther => Self::CancelOther,
            Proto::TerminateOther => Self::TerminateOther,
            Proto::AllowAll => Self::AllowAll,
        }
    }
}

impl From<Overlap> for ScheduleOverlapPolicy {
    fn from(overlap: Overlap) -> Self {
        match overlap {
            Overlap::Skip => Self::Skip,
            Overlap::BufferOne => Self::BufferOne,
            Overlap::BufferAll => Self::BufferAll,
            Overlap::CancelOther => Self::CancelOther,
            Overlap::TerminateOther => Self::TerminateOther,
            Overlap::AllowAll => Self::AllowAll,
        }
    }
}
