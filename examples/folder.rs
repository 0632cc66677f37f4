//! Three tools over one folder of the user's, and no way out of it.

use std::{
    ffi::OsStr,
    fmt, fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};
use steadfast::prelude::*;
use walkdir::{DirEntry, WalkDir};

/// What one answer may hold, so that a large folder does not fill the model's memory.
const MOST_FILES: usize = 200;
const MOST_MATCHES: usize = 40;
const MOST_BYTES: usize = 12_000;
/// The largest file that is searched, in bytes.
const LARGEST_SEARCHED: u64 = 2_000_000;

/// A folder that tools may read. Paths that lead out of it are refused, links included.
#[derive(Clone)]
pub(crate) struct Folder(Arc<PathBuf>);

impl Folder {
    /// Opens `path`.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let root = path.canonicalize().map_err(|error| io::Error::other(format!("{}: {error}", path.display())))?;
        if root.is_dir() {
            Ok(Self(Arc::new(root)))
        } else {
            Err(io::Error::other(format!("{} is not a folder", root.display())))
        }
    }

    /// The file at `path`, if it is one that `files` would list.
    fn file(&self, path: &str) -> Result<fs::File, ToolError> {
        let full =
            self.0.join(path).canonicalize().map_err(|_| ToolError::new(format!("there is no `{path}` here")))?;
        let Ok(inside) = full.strip_prefix(self.0.as_path()) else {
            return Err(ToolError::new(format!("`{path}` is outside the folder")));
        };
        if inside.iter().any(is_hidden) || !full.is_file() {
            return Err(ToolError::new(format!("`{path}` is not a file to read")));
        }
        Ok(fs::File::open(full)?)
    }

    fn name(&self, full: &Path) -> String {
        full.strip_prefix(self.0.as_path()).unwrap_or(full).display().to_string()
    }

    fn files(&self) -> impl Iterator<Item = DirEntry> {
        let walk = WalkDir::new(self.0.as_path()).sort_by_file_name().into_iter();
        let walk = walk.filter_entry(|entry| entry.depth() == 0 || !is_hidden(entry.file_name()));
        walk.filter_map(Result::ok).filter(|entry| entry.file_type().is_file())
    }
}

/// Secrets tend to be in hidden files, and nobody reads build outputs.
fn is_hidden(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    name.starts_with('.') || name == "target" || name == "node_modules"
}

impl fmt::Display for Folder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.display().fmt(f)
    }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Listing {
    pub(crate) files: Vec<File>,
    /// How many more there are than are listed.
    pub(crate) more: usize,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct File {
    path: String,
    bytes: u64,
}

/// Lists the files of the folder, with their sizes in bytes. Hidden files and build outputs are left out.
#[tool(timeout = "30s")]
pub(crate) fn list_files(
    /// Only files whose path contains this text; empty for all.
    #[arg(default)]
    containing: String,
    folder: State<Folder>,
) -> Listing {
    let named = folder.files().map(|file| File {
        path: folder.name(file.path()),
        bytes: file.metadata().map_or(0, |metadata| metadata.len()),
    });
    let mut files: Vec<File> = named.filter(|file| file.path.contains(&containing)).collect();
    let more = files.len().saturating_sub(MOST_FILES);
    files.truncate(MOST_FILES);
    Listing { files, more }
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Match {
    path: String,
    line: usize,
    text: String,
}

/// Finds lines that contain a text, in any letter case: the first forty.
#[tool(timeout = "30s")]
pub(crate) fn search_files(
    /// The text to find, for example "licence".
    text: String,
    folder: State<Folder>,
) -> Result<Vec<Match>, ToolError> {
    let wanted = text.to_lowercase();
    if wanted.trim().is_empty() {
        return Err(ToolError::new("there is nothing to search for"));
    }
    let mut found = Vec::new();
    let small = |file: &DirEntry| file.metadata().is_ok_and(|metadata| metadata.len() <= LARGEST_SEARCHED);
    for file in folder.files().filter(small) {
        // What is no text is nothing to search in.
        let Ok(content) = fs::read_to_string(file.path()) else { continue };
        let lines = content.lines().enumerate().filter(|(_, line)| line.to_lowercase().contains(&wanted));
        found.extend(lines.map(|(index, line)| Match {
            path: folder.name(file.path()),
            line: index + 1,
            text: line.trim().chars().take(160).collect(),
        }));
        if found.len() >= MOST_MATCHES {
            found.truncate(MOST_MATCHES);
            break;
        }
    }
    Ok(found)
}

/// Reads a text file; a long one is cut off, with a note.
#[tool(timeout = "30s")]
pub(crate) fn read_file(
    /// The file's path, as `list_files` gives it.
    path: String,
    folder: State<Folder>,
) -> Result<String, ToolError> {
    let file = folder.file(&path)?;
    let whole = file.metadata()?.len();
    let mut bytes = Vec::new();
    file.take(MOST_BYTES as u64).read_to_end(&mut bytes)?;
    if whole <= MOST_BYTES as u64 {
        return String::from_utf8(bytes).map_err(|_| ToolError::new(format!("`{path}` is no text")));
    }
    // The cut may be in the middle of a character, but only there may anything be amiss.
    let end = match std::str::from_utf8(&bytes) {
        Ok(text) => text.len(),
        Err(error) if error.error_len().is_none() => error.valid_up_to(),
        Err(_) => return Err(ToolError::new(format!("`{path}` is no text"))),
    };
    bytes.truncate(end);
    let text = String::from_utf8_lossy(&bytes);
    Ok(format!("{text}\n[cut off after {end} of {whole} bytes]"))
}
