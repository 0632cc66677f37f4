//! The connection to a server that runs, or is about to.

use super::{ConnectError, Connected};
use crate::durable::codec::{self, Chain};
use std::{
    error::Error,
    time::{Duration, Instant},
};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, errors::ClientConnectError, tonic::Code,
};

/// How long to try to reach a server, which may be starting at the same time as we are.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long to wait between two tries.
const TRY_AGAIN: Duration = Duration::from_millis(250);

/// A server that someone named.
#[derive(Debug)]
pub(super) struct Remote {
    pub(super) options: ConnectionOptions,
    pub(super) namespace: String,
    /// Who named it, for an error's text.
    pub(super) origin: String,
}

impl Remote {
    /// The server at `address`, in the namespace `default`.
    pub(super) fn at(address: &str, origin: &str) -> Result<Self, ConnectError> {
        let url = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let url = Url::parse(&url).ok().filter(Url::has_host);
        let url = url.ok_or_else(|| ConnectError::Address(address.to_owned()))?;
        Ok(Self {
            options: ConnectionOptions::new(url).build(),
            namespace: "default".to_owned(),
            origin: origin.to_owned(),
        })
    }

    /// Connects, in `namespace` if one is given.
    pub(super) async fn connect(
        mut self,
        namespace: Option<String>,
        codec: Option<Chain>,
    ) -> Result<Connected, ConnectError> {
        self.options.identity = format!("{}@steadfast", std::process::id());
        let address = self.address();
        let connection = self.reach(PATIENCE).await?;
        let namespace = namespace.unwrap_or(self.namespace);
        let converter = codec.map(codec::converter).unwrap_or_default();
        let options = ClientOptions::new(namespace.clone()).data_converter(converter).build();
        let client = Client::new(connection, options);
        let client = client.map_err(|error| ConnectError::Configuration(error.to_string()))?;
        Ok(Connected { client, address, namespace, ui: None, server: None })
    }

    /// Where the server is, as people write it.
    pub(super) fn address(&self) -> String {
        let target = &self.options.target;
        let host = target.host_str().unwrap_or_default();
        target.port_or_known_default().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Tries until the server answers, or `patience` ends.
    pub(super) async fn reach(&self, patience: Duration) -> Result<Connection, ConnectError> {
        let deadline = Instant::now() + patience;
        let (address, origin) = (self.address(), self.origin.clone());
        let mut silent = false;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let reason = match tokio::time::timeout(left, Connection::connect(self.options.clone())).await {
                Ok(Ok(connection)) => return Ok(connection),
                Ok(Err(error)) if is_final(&error) => {
                    return Err(ConnectError::Refused { address, origin, reason: cause(&error) });
                }
                Ok(Err(error)) => cause(&error),
                Err(_) => "no answer in time".to_owned(),
            };
            if deadline.saturating_duration_since(Instant::now()) < TRY_AGAIN {
                return Err(ConnectError::Unreachable { address, origin, reason });
            }
            if !silent {
                tracing::warn!(address, origin, reason, "the Temporal server does not answer yet");
                silent = true;
            }
            tokio::time::sleep(TRY_AGAIN).await;
        }
    }
}

/// Whether the next try would end in the same way.
fn is_final(error: &ClientConnectError) -> bool {
    match error {
        ClientConnectError::SystemInfoCallError(status) => {
            matches!(status.code(), Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented)
        }
        ClientConnectError::TonicTransportError(_) | ClientConnectError::DnsResolutionError { .. } => false,
        _ => true,
    }
}

/// What lies at the bottom of an error; the layers above it only say that there is one.
fn cause(error: &ClientConnectError) -> String {
    if let ClientConnectError::SystemInfoCallError(status) = error {
        return status.message().to_owned();
    }
    let mut cause: &dyn Error = error;
    while let Some(below) = cause.source() {
        cause = below;
    }
    cause.to_string()
}
