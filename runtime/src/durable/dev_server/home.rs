//! The files of a shared server: its database, its log, what is known of it, and the sign that it lives.
//!
//! Two servers on one `SQLite` file both start and then spoil each other's work, so it must be certain whether one
//! lives. On Unix the sign is a lock on the log: the server itself holds it, because the log is its output, and loses
//! it however it dies.

use super::{DevServer, DevServerError, find, ports::Ports, probe};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Where a shared server keeps its files.
#[derive(Clone, Debug)]
pub(super) struct Home {
    folder: PathBuf,
    database: PathBuf,
}

/// What is known of the server, as `server.json`.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// Unknown only between the decision to start and the start.
    pub(super) pid: Option<u32>,
    pub(super) address: String,
    pub(super) ui: Option<String>,
    /// What runs, for people who look.
    binary: PathBuf,
    /// The version of this crate that started it, for the same people.
    version: String,
}

impl Record {
    pub(super) fn new(ports: Ports, binary: &Path) -> Self {
        Self {
            pid: None,
            address: ports.address(),
            ui: ports.ui_address(),
            binary: binary.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

impl Home {
    /// The folder of the user's one server, or one beside the database that was asked for.
    pub(super) fn of(settings: &DevServer) -> Result<Self, DevServerError> {
        let (folder, database) = match &settings.database {
            None => {
                let folder = settings.cache.join("dev-server");
                let database = folder.join("temporal.db");
                (folder, database)
            }
            Some(database) => {
                let mut folder = database.clone().into_os_string();
                folder.push(".server");
                (folder.into(), database.clone())
            }
        };
        let absolute = |path: PathBuf| std::path::absolute(&path).map_err(DevServerError::file(&path));
        let home = Self { folder: absolute(folder)?, database: absolute(database)? };
        fs::create_dir_all(&home.folder).map_err(DevServerError::file(&home.folder))?;
        Ok(home)
    }

    pub(super) fn database(&self) -> &Path {
        &self.database
    }

    fn log(&self) -> PathBuf {
        self.folder.join("server.log")
    }

    fn record(&self) -> PathBuf {
        self.folder.join("server.json")
    }

    /// Keeps all others from starting or stopping the server.
    pub(super) async fn lock(&self) -> Result<File, DevServerError> {
        find::lock(&self.folder.join("server.lock")).await
    }

    /// Opens the log, for the server's output and our look at it.
    pub(super) fn open_log(&self) -> Result<File, DevServerError> {
        let opened = File::options().create(true).append(true).read(true).open(self.log());
        opened.map_err(DevServerError::file(&self.log()))
    }

    /// Forgets what an earlier server wrote.
    pub(super) fn empty_log(&self, log: &File) -> Result<(), DevServerError> {
        log.set_len(0).map_err(DevServerError::file(&self.log()))
    }

    /// Whether the server lives. If it does not, `log` is locked now, and a process given it as its output has the
    /// lock too and keeps it when we let go.
    pub(super) async fn lives(&self, log: &File, record: Option<&Record>) -> Result<bool, DevServerError> {
        if cfg!(unix) {
            return match log.try_lock() {
                Ok(()) => Ok(false),
                Err(TryLockError::WouldBlock) => Ok(true),
                Err(TryLockError::Error(error)) => Err(DevServerError::file(&self.log())(error)),
            };
        }
        // Windows' locks are not handed on, and would keep the server from writing: there, an answer has to do.
        match record {
            Some(record) => probe::is_ready(&record.address, "default").await,
            None => Ok(false),
        }
    }

    /// Whether the server lives, without getting ready to start one.
    pub(super) async fn lives_now(&self, record: &Record) -> bool {
        let Ok(log) = self.open_log() else { return false };
        self.lives(&log, Some(record)).await.unwrap_or(false)
    }

    /// What was written down, unless nothing was or it cannot be understood.
    pub(super) fn read(&self) -> Option<Record> {
        serde_json::from_slice(&fs::read(self.record()).ok()?).ok()
    }

    /// Writes it down, whole or not at all.
    pub(super) fn write(&self, record: &Record) -> Result<(), DevServerError> {
        let write = || -> io::Result<()> {
            let file = tempfile::NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer_pretty(&file, record)?;
            file.persist(self.record())?;
            Ok(())
        };
        write().map_err(DevServerError::file(&self.record()))
    }
}
