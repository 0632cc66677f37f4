//! Schedules: the server starts workflows at set times, whether or not anything of ours runs.

mod changes;
mod described;
mod handle;
mod new;
mod overlap;
mod timetable;

pub use changes::ScheduleChanges;
pub use described::{ListedSchedule, ScheduleDescription, ScheduledRun};
pub use handle::{ScheduleHandle, ScheduleListing};
pub use new::NewSchedule;
pub use overlap::Overlap;
pub use timetable::Timetable;

use super::WorkflowError;
use temporalio_client::{
    schedules::ScheduleError,
    tonic::{Code, Status},
};

fn of_status(id: &str, status: &Status) -> WorkflowError {
    let id = id.to_owned();
    match status.code() {
        Code::NotFound => WorkflowError::NoSchedule { id },
        Code::AlreadyExists => WorkflowError::ScheduleExists { id },
        Code::InvalidArgument => WorkflowError::Options { id, message: status.message().to_owned() },
        _ => WorkflowError::Server { id, message: status.message().to_owned() },
    }
}

fn of_error(id: &str, error: ScheduleError) -> WorkflowError {
    match error {
        ScheduleError::Rpc(status) => of_status(id, &status),
        other => WorkflowError::Server { id: id.to_owned(), message: other.to_string() },
    }
}
