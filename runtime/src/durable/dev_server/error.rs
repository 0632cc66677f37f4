//! Why there is no local Temporal server: one type, whose text says what to do next.

use std::{
    io,
    path::{Path, PathBuf},
    process::ExitStatus,
};

/// A local Temporal server could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DevServerError {
    /// There is no `temporal` binary on this machine, and none could be downloaded.
    #[error(
        "no `temporal` binary was found, and none could be downloaded; install the CLI from \
         https://temporal.io/setup/install-temporal-cli, or set TEMPORAL_ADDRESS to a server that runs\n{tried}"
    )]
    NoBinary {
        /// What was tried and how it went, one line each.
        tried: String,
    },
    /// The binary is there and cannot be run.
    #[error("`{}` cannot be run: {source}; check that it is the Temporal CLI for this platform", binary.display())]
    Run {
        /// The binary.
        binary: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The server ended before it answered.
    #[error("`{}` ended before it answered ({status}); its last words were:\n{log}", binary.display())]
    Ended {
        /// The binary.
        binary: PathBuf,
        /// How it ended.
        status: ExitStatus,
        /// The end of its output.
        log: String,
    },
    /// The server's process runs and does not answer.
    #[error(
        "the dev server at {address} does not answer; stop its process{} and start again\n{log}",
        pid.map(|pid| format!(" {pid}")).unwrap_or_default()
    )]
    Silent {
        /// Where it should listen.
        address: String,
        /// Its process, if known.
        pid: Option<u32>,
        /// The end of its output.
        log: String,
    },
    /// The server refused to register the namespace.
    #[error("the dev server refused the namespace `{namespace}`: {reason}; choose another name")]
    Namespace {
        /// The namespace that was asked for.
        namespace: String,
        /// What the server said.
        reason: String,
    },
    /// A file of ours cannot be read or written.
    #[error(
        "`{}` cannot be used: {source}; set STEADFAST_CACHE to a folder on a local disk that can be written",
        path.display()
    )]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// There is no port to listen on.
    #[error("no port of 127.0.0.1 can be bound: {0}; check the limits of this machine or sandbox")]
    Ports(io::Error),
}

impl DevServerError {
    /// For `map_err`: the failure of one file.
    pub(super) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Whether the server ended because someone else has one of its ports, which other ports mend.
    pub(super) fn is_taken_port(&self) -> bool {
        // The second text is Windows' way to say it.
        let texts = ["address already in use", "Only one usage of each socket address"];
        matches!(self, Self::Ended { log, .. } if texts.iter().any(|text| log.contains(text)))
    }
}
