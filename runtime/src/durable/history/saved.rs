//! Histories as files: one a run, written whole or not at all, with nothing in it of the machine that it ran on.

use super::{History, write};
use crate::{
    Error, Result,
    durable::{Client, Handle},
};
use futures::TryStreamExt;
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};
use temporalio_client::{
    UntypedWorkflow, WorkflowExecutionInfo, WorkflowFetchHistoryOptions, WorkflowHandle, WorkflowListOptions,
};

/// So much of a workflow's id is in the name of its file.
const LONGEST_NAME: usize = 100;

impl History {
    /// Writes the history into a file, as JSON, to be replayed by [`replay_dir`](crate::Replayer::replay_dir): the whole of
    /// it or nothing. Folders are made. Who the workers were (`pid@host`) is left out; what workflows and tools were
    /// given and have returned is in it, as the server has recorded it.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        let failed = |error: std::io::Error| Error::other(format!("cannot write `{}`: {error}", path.display()));
        let mut json = write::proto_json(serde_json::to_value(&self.0)?);
        write::without_identities(&mut json);
        let json = serde_json::to_vec_pretty(&json)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(failed)?;
        // In the same folder, so that it can be moved in one step; and by a name that nobody takes for a history.
        let unfinished = folder.join(format!(".{}.tmp", uuid::Uuid::new_v4()));
        let written = fs::write(&unfinished, json).and_then(|()| fs::rename(&unfinished, path));
        written.map_err(|error| {
            let _ = fs::remove_file(&unfinished);
            failed(error)
        })
    }

    /// Reads a file that [`save`](Self::save), Temporal's CLI or its UI has written.
    ///
    /// # Errors
    /// When it cannot be read, or is no history.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        Self::from_json(&fs::read(path)?)
    }
}

impl<T> Handle<T> {
    /// Saves what the server has recorded of the workflow so far into a folder, a file for each run that it has continued
    /// as: `booking-7.json`, `booking-7.2.json`, .. See [`History::save`].
    ///
    /// # Errors
    /// When there is no such workflow, the server cannot be reached, or a file cannot be written.
    pub async fn save_history(&self, dir: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        let mut runs = Runs::default();
        let save = |history: History| {
            let path = dir.as_ref().join(runs.name(self.id()));
            history.save(&path).map(|()| path)
        };
        self.histories().await?.into_iter().map(save).collect()
    }
}

impl Client {
    /// Saves what the server has recorded of every workflow of this task queue into a folder: finished, failed and running
    /// ones, and all their runs. Those that run now are what new code has to be able to go on with.
    ///
    /// # Errors
    /// When the server cannot be reached, or a file cannot be written.
    pub async fn save_histories(&self, dir: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        // A name with a quote would end the query's text.
        let queue = self.task_queue().replace('\\', "\\\\").replace('\'', "\\'");
        let query = format!("TaskQueue = '{queue}'");
        let listed = self.temporal().list_workflows(query, WorkflowListOptions::default());
        let mut executions: Vec<_> = listed.try_collect().await.map_err(Error::other)?;
        executions.sort_by(|one, other| (one.id(), one.start_time()).cmp(&(other.id(), other.start_time())));
        let (mut saved, mut runs) = (Vec::new(), Runs::default());
        // One at a time, for all of them together may be large.
        for execution in executions {
            let info = WorkflowExecutionInfo::builder()
                .namespace(self.namespace())
                .workflow_id(execution.id())
                .run_id(execution.run_id().to_owned())
                .build();
            let run: WorkflowHandle<_, UntypedWorkflow> = WorkflowHandle::new(self.temporal().clone(), info);
            let history = History::fetch(run.fetch_history(WorkflowFetchHistoryOptions::default())).await?;
            let path = dir.as_ref().join(runs.name(execution.id()));
            history.save(&path)?;
            saved.push(path);
        }
        Ok(saved)
    }
}

/// Names files for runs of workflows, which come in order.
#[derive(Default)]
struct Runs {
    workflow: String,
    number: usize,
}

impl Runs {
    fn name(&mut self, workflow: &str) -> String {
        if self.number == 0 || self.workflow != workflow {
            *self = Self { workflow: workflow.to_owned(), number: 0 };
        }
        self.number += 1;
        let name = file_name(workflow);
        if self.number == 1 { format!("{name}.json") } else { format!("{name}.{}.json", self.number) }
    }
}

/// The name of a file for a workflow's id, which may have anything in it. What is changed is told apart by a digest.
fn file_name(id: &str) -> String {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    let mut name: String = id.chars().map(|letter| if is_safe(letter) { letter } else { '_' }).collect();
    if name == id && !name.starts_with('.') && (1..=LONGEST_NAME).contains(&name.len()) {
        return name;
    }
    name.truncate(LONGEST_NAME);
    let digest = Sha256::digest(id.as_bytes());
    format!("_{name}-{:02x}{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2], digest[3])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_the_name_of_a_file_and_no_two_the_same() {
        assert_eq!(file_name("weekend-42"), "weekend-42");
        let odd = ["../../etc/passwd", "a/b", "a_b", "a:b", ".hidden", "", "é", &"x".repeat(300), &"x".repeat(301)];
        let names: std::collections::BTreeSet<String> = odd.iter().map(|id| file_name(id)).collect();
        assert_eq!(names.len(), odd.len(), "{names:?}");
        for name in names {
            assert!(!name.contains('/') && !name.starts_with('.') && name.len() < 120, "{name}");
        }
    }

    #[test]
    fn runs_of_one_workflow_are_numbered() {
        let mut runs = Runs::default();
        assert_eq!(["a", "a", "b", "b"].map(|id| runs.name(id)), ["a.json", "a.2.json", "b.json", "b.2.json"]);
    }

    #[test]
    fn what_is_saved_is_read_again_and_says_nothing_of_the_machine() {
        let history = History::from_json(include_bytes!("samples/cli.json")).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.json");
        history.save(&path).unwrap();
        history.save(&path).unwrap();
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
        let saved = History::load(&path).unwrap();
        assert_eq!(saved.events(), history.events());
        assert!(history.contains("4711@host.example") && !saved.contains("4711@host.example"), "{saved:?}");
        assert!(saved.contains("keeps its identity"), "what a workflow was given stays");
    }
}
