//! Why a history does not replay.

/// Why a recorded history does not replay with today's code.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// The file is no history, or a damaged one.
    #[error("this is no history of a workflow: {0}")]
    NotAHistory(String),
    /// Nothing was done yet when the history was saved.
    #[error(
        "there is nothing to replay: no task of workflow `{workflow}` was completed when this was saved; save it again"
    )]
    NothingDone {
        /// The workflow's type.
        workflow: String,
    },
    /// The app has no workflow of that type.
    #[error(
        "the app has no workflow `{workflow}`, {}; add it with `.workflow(..)`, or, if it was renamed, give it its old \
         name with `#[workflow(name = \"{workflow}\")]`",
        only(known)
    )]
    UnknownWorkflow {
        /// The workflow's type, as recorded.
        workflow: String,
        /// The types that the app has.
        known: Vec<String>,
    },
    /// Today's code does something else than was recorded. A workflow that is there would be stuck with it.
    #[error("workflow `{workflow}` does something else than it did: {difference}")]
    Changed {
        /// The workflow's type.
        workflow: String,
        /// What is recorded, and what the code does, at which step.
        difference: String,
    },
    /// Today's code cannot go on: it panics, waits for something that never comes, or cannot read what was recorded.
    #[error("workflow `{workflow}` cannot go on with today's code: {message}")]
    Failed {
        /// The workflow's type.
        workflow: String,
        /// What its task said.
        message: String,
    },
    /// It replays, but with other values than were recorded, and that was to be an error.
    #[error("workflow `{workflow}` does the same with other values:{}", list(differences))]
    Differs {
        /// The workflow's type.
        workflow: String,
        /// Each value that is another one.
        differences: Vec<String>,
    },
    /// The folder has no history in it.
    #[error("there is no history in `{0}`: no file there ends in `.json`")]
    NoHistories(String),
    /// The folder cannot be read.
    #[error("cannot read the histories in `{dir}`: {message}")]
    Unreadable {
        /// The folder.
        dir: String,
        /// Why.
        message: String,
    },
    /// Some of several histories do not replay.
    #[error("{} of {of} histories do not replay:{}", failures.len(), each(failures))]
    Several {
        /// How many there are.
        of: usize,
        /// Each that does not, by its file, with the reason.
        failures: Vec<(String, ReplayError)>,
    },
    /// The replay itself broke down, which says nothing about the history.
    #[error("the replay broke down: {0}")]
    Broken(String),
}

fn only(known: &[String]) -> String {
    match known {
        [] => "and no other".to_owned(),
        known => format!("only `{}`", known.join("`, `")),
    }
}

fn list(differences: &[String]) -> String {
    differences.iter().fold(String::new(), |list, difference| list + "\n    - " + difference)
}

fn each(failures: &[(String, ReplayError)]) -> String {
    failures.iter().fold(String::new(), |list, (file, error)| list + "\n  - " + file + ": " + &error.to_string())
}
