//! What a client can do with workflows, and what it is told when it does it wrong.

mod messages;
mod schedules;
mod starts;
mod visibility;

pub(crate) use visibility::known;

use steadfast::{Error, WorkflowError};

fn workflow_error(error: Error) -> WorkflowError {
    match error {
        Error::Workflow(error) => error,
        other => panic!("{other}"),
    }
}

/// The code of a workflow's error.
fn code(error: Error) -> String {
    workflow_error(error).code().to_owned()
}
