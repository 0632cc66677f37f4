//! Replays all histories of a folder.

use super::{ReplayError, Replayed, Replayer};
use crate::durable::History;
use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
};

/// Histories that today's code goes along with, each by its file.
#[derive(Clone, Debug)]
pub struct Replays(Vec<(PathBuf, Replayed)>);

impl Replays {
    /// How many there are: at least one.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Each of them, in the order of their files' names.
    pub fn iter(&self) -> impl Iterator<Item = (&Path, &Replayed)> {
        self.0.iter().map(|(path, replayed)| (path.as_path(), replayed))
    }

    /// Takes other values for an error: what a tool is called with, how long a timer is, what a workflow returns. See
    /// [`Replayed::differences`].
    ///
    /// # Errors
    /// [`ReplayError::Several`] with each history that has any.
    pub fn strict(self) -> Result<Self, ReplayError> {
        let of = self.count();
        let (mut agreeing, mut failures) = (Vec::new(), Vec::new());
        for (path, replayed) in self.0 {
            match replayed.strict() {
                Ok(replayed) => agreeing.push((path, replayed)),
                Err(error) => failures.push((path.display().to_string(), error)),
            }
        }
        if failures.is_empty() { Ok(Self(agreeing)) } else { Err(ReplayError::Several { of, failures }) }
    }
}

impl fmt::Display for Replays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} histories replay", self.count())?;
        for (path, replayed) in self.iter() {
            for difference in &replayed.differences {
                write!(f, "\n  - {}: {difference}", path.display())?;
            }
        }
        Ok(())
    }
}

impl Replayer {
    /// Replays every history in a folder and in the folders below it: every file that ends in `.json`, as written by
    /// [`Handle::save_history`](crate::Handle::save_history), by `temporal workflow show --output json` or by the UI.
    ///
    /// # Errors
    /// [`ReplayError::Several`] with each file that does not replay, and why; a file that is no history, and one of a
    /// workflow that the app does not have, are among them. When there is no such file, or the folder cannot be read.
    pub async fn replay_dir(&self, dir: impl AsRef<Path>) -> Result<Replays, ReplayError> {
        let dir = dir.as_ref();
        let unreadable =
            |error: io::Error| ReplayError::Unreadable { dir: dir.display().to_string(), message: error.to_string() };
        let mut files = Vec::new();
        find(dir, &mut files).map_err(unreadable)?;
        files.sort();
        if files.is_empty() {
            return Err(ReplayError::NoHistories(dir.display().to_string()));
        }
        let (mut replays, mut failures) = (Vec::new(), Vec::new());
        for path in &files {
            let replayed = match History::load(path) {
                Ok(history) => self.replay(&history).await,
                Err(error) => Err(ReplayError::NotAHistory(error.to_string())),
            };
            let name = path.strip_prefix(dir).unwrap_or(path);
            match replayed {
                Ok(replayed) => replays.push((name.to_owned(), replayed)),
                Err(error) => failures.push((name.display().to_string(), error)),
            }
        }
        if failures.is_empty() { Ok(Replays(replays)) } else { Err(ReplayError::Several { of: files.len(), failures }) }
    }
}

fn find(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let path = entry.path();
        // A link to a folder is not followed, for it may lead back.
        if entry.file_type()?.is_dir() {
            find(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    Ok(())
}
