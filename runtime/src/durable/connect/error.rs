//! Why there is no connection: one type, whose text names the address and where it comes from.

use crate::durable::dev_server::DevServerError;

/// There is no connection to a Temporal server.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The environment or the configuration file is wrong.
    #[error("Temporal's client configuration cannot be used: {0}; correct TEMPORAL_* or `temporal.toml`")]
    Configuration(String),
    /// The address cannot be understood.
    #[error("`{0}` is not the address of a server; write a host and a port, as in `127.0.0.1:7233`")]
    Address(String),
    /// The server does not answer.
    #[error(
        "no Temporal server answers at {address} ({origin}): {reason}; start it, or name another in TEMPORAL_ADDRESS"
    )]
    Unreachable {
        /// The address that was tried.
        address: String,
        /// Where the address comes from.
        origin: String,
        /// What happened at the last try.
        reason: String,
    },
    /// The server answers and does not let us in.
    #[error("the Temporal server at {address} ({origin}) refuses the connection: {reason}; check the API key")]
    Refused {
        /// The address.
        address: String,
        /// Where the address comes from.
        origin: String,
        /// What the server said.
        reason: String,
    },
    /// The dev server cannot be started.
    #[error(transparent)]
    DevServer(#[from] DevServerError),
}
