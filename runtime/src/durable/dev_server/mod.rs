//! A local Temporal server for development and tests: found or installed, started, found again, stopped.
//!
//! `find` and `install` bring the binary, `process` runs it, `ephemeral` and `shared` are the two lives a server can
//! lead. Nothing here is for production: the server has no replicas, no authentication and one database file.

mod ephemeral;
mod error;
mod find;
mod home;
mod install;
mod ports;
mod probe;
mod process;
mod shared;
#[cfg(test)]
mod tests;
mod watchdog;

pub use error::DevServerError;

use super::client::{
    SearchKind,
    search::{AGENT, STATUS},
};

use serde_json::Value;
use std::{collections::BTreeMap, path::PathBuf};

/// How often a start is tried when another process takes a port between its choice and its use.
const PORT_ATTEMPTS: usize = 3;

/// A local Temporal server, as it should be; [`start`](Self::start) makes it so.
///
/// ```no_run
/// # use steadfast::DevServer;
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let server = DevServer::ephemeral().ui(true).start().await?;
/// println!("{} {:?}", server.address(), server.ui());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct DevServer {
    life: Life,
    database: Option<PathBuf>,
    namespace: String,
    ui: bool,
    dynamic_config: BTreeMap<String, Value>,
    search_attributes: BTreeMap<String, SearchKind>,
    binary: Option<PathBuf>,
    cache: PathBuf,
}

/// How long a server lives, and who shares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Life {
    Shared,
    Ephemeral,
}

impl DevServer {
    /// The user's one server, with a database file in the cache folder.
    ///
    /// It is started by whoever needs it first, found by all others, and outlives the process that started it, so
    /// that workflows survive their worker and can be looked at afterwards. It takes the usual ports 7233 and 8233
    /// if both are free. One that runs already keeps the interface and the dynamic configuration it was started
    /// with.
    #[must_use]
    pub fn shared() -> Self {
        Self::new(Life::Shared).ui(true)
    }

    /// A server of one's own: in memory, on free ports, without the web interface, gone when its handle is dropped.
    ///
    /// On Unix it is gone too when this process is killed, whatever the signal.
    #[must_use]
    pub fn ephemeral() -> Self {
        Self::new(Life::Ephemeral)
    }

    fn new(life: Life) -> Self {
        // Twenty polls a second, Temporal's own default, make every turn of a lone workflow wait for the next 50 ms.
        let faster_turns = ("history.transferProcessorMaxPollRPS".to_owned(), Value::from(2000));
        Self {
            life,
            database: None,
            namespace: "default".to_owned(),
            ui: false,
            dynamic_config: BTreeMap::from([faster_turns]),
            search_attributes: [AGENT, STATUS].map(|ours| (ours.to_owned(), SearchKind::Keyword)).into(),
            binary: None,
            cache: find::cache_folder(),
        }
    }

    /// Keeps the server's state in this `SQLite` file, which is created if it does not exist.
    ///
    /// A shared server is shared by all who name the same file. Two servers must never have one file open, which
    /// shared servers see to and ephemeral ones leave to you.
    #[must_use]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// Names the namespace to work in, `default` otherwise; it is registered if the server has none of that name.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = namespace.into();
        self
    }

    /// Sets whether the server has its web interface.
    #[must_use]
    pub fn ui(mut self, ui: bool) -> Self {
        self.ui = ui;
        self
    }

    /// Sets one key of Temporal's dynamic configuration, as in `.dynamic_config("limit.historyCount.error", 200)`.
    #[must_use]
    pub fn dynamic_config(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
        self.dynamic_config.insert(key.into(), value.into());
        self
    }

    /// Has its first namespace know a search attribute. It knows those that workflows keep themselves anyway, see
    /// [`Client::list`](crate::Client::list).
    ///
    /// A database that exists already, and a namespace of another name than `default`, learn it by
    /// `temporal operator search-attribute create`.
    #[must_use]
    pub fn search_attribute(mut self, name: impl Into<String>, kind: SearchKind) -> Self {
        self.search_attributes.insert(name.into(), kind);
        self
    }

    /// Runs this `temporal` binary instead of looking for one.
    #[must_use]
    pub fn binary(mut self, path: impl Into<PathBuf>) -> Self {
        self.binary = Some(path.into());
        self
    }

    /// Starts the server, or finds the shared one, and waits until it answers.
    ///
    /// The `temporal` binary is looked for on the `PATH`, then in the cache folder (`STEADFAST_CACHE`, or the
    /// platform's), and is else downloaded into that folder once.
    ///
    /// # Errors
    /// There is no binary and none can be downloaded, the cache folder cannot be written, or the server ends or
    /// stays silent; the error quotes what the server said last.
    pub async fn start(self) -> Result<RunningServer, DevServerError> {
        let mut attempt = 1;
        loop {
            let outcome = match self.life {
                Life::Shared => shared::start(&self).await,
                Life::Ephemeral => ephemeral::start(&self).await,
            };
            match outcome {
                Err(error) if error.is_taken_port() && attempt < PORT_ATTEMPTS => attempt += 1,
                outcome => return outcome,
            }
        }
    }
}

/// A local Temporal server that answers.
#[derive(Debug)]
#[must_use = "an ephemeral server stops when its handle is dropped"]
pub struct RunningServer {
    address: String,
    ui: Option<String>,
    namespace: String,
    pid: Option<u32>,
    started_here: bool,
    hold: Hold,
}

/// What the handle has to do with the server's process.
#[derive(Debug)]
enum Hold {
    Owned(ephemeral::Owned),
    Shared(shared::Shared),
}

impl RunningServer {
    /// Where the server listens, as in `127.0.0.1:7233`.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The address of the web interface, as in `http://127.0.0.1:8233`, if the server has one.
    #[must_use]
    pub fn ui(&self) -> Option<&str> {
        self.ui.as_deref()
    }

    /// The namespace that was asked for; it exists.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The server's process, where it is known.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.pid
    }

    /// Whether this handle started the server, rather than found it running.
    #[must_use]
    pub fn started_here(&self) -> bool {
        self.started_here
    }

    /// Stops the server and waits until it is gone; a shared one stops for everybody.
    ///
    /// What it has stored stays: `SQLite` commits before the server answers, so nothing needs to be flushed.
    pub async fn stop(self) {
        match self.hold {
            Hold::Owned(owned) => drop(owned),
            Hold::Shared(shared) => shared.stop(self.pid).await,
        }
    }
}
