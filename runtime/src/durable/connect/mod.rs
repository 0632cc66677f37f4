//! Where the Temporal server is, and the connection to it.

mod environment;
mod error;
mod remote;
#[cfg(test)]
mod tests;

pub use error::ConnectError;

use super::{
    codec::Chain,
    dev_server::{DevServer, RunningServer},
};
use environment::Environment;
use remote::Remote;
use temporalio_client::Client;

/// Where the Temporal server is.
///
/// The default is [`Target::from_env`].
#[derive(Clone, Debug, Default)]
pub struct Target {
    place: Place,
    namespace: Option<String>,
    codec: Option<Chain>,
}

#[derive(Clone, Debug, Default)]
enum Place {
    #[default]
    Environment,
    Address(String),
    DevServer(Box<DevServer>),
    Client(Box<Client>),
}

impl Target {
    /// The server that the environment names, else the user's shared [`DevServer`].
    ///
    /// The environment is what all Temporal tools read: `TEMPORAL_ADDRESS`, `TEMPORAL_NAMESPACE`,
    /// `TEMPORAL_API_KEY`, `TEMPORAL_TLS` and its relatives, and the profile `TEMPORAL_PROFILE` of the file
    /// `TEMPORAL_CONFIG_FILE`, or of `temporalio/temporal.toml` in the user's configuration folder.
    #[must_use]
    pub fn from_env() -> Self {
        Self::default()
    }

    /// The server at this address, as in `127.0.0.1:7233`; in the namespace `default`, and with TLS only if the
    /// address begins with `https://`.
    #[must_use]
    pub fn address(address: impl Into<String>) -> Self {
        Place::Address(address.into()).into()
    }

    /// A local server, started if it does not run.
    #[must_use]
    pub fn dev_server(server: DevServer) -> Self {
        Place::DevServer(Box::new(server)).into()
    }

    /// The server of a client that is connected already, in the client's namespace.
    #[must_use]
    pub fn client(client: Client) -> Self {
        Place::Client(Box::new(client)).into()
    }

    /// Works in this namespace, whatever the environment or the dev server says; a given client keeps its own.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Encodes everything that is recorded, and decodes it again. A given client has a converter of its own.
    #[must_use]
    pub fn codec(mut self, codec: Chain) -> Self {
        self.codec = Some(codec);
        self
    }

    /// Connects, and starts the dev server first if that is the target.
    ///
    /// # Errors
    /// The configuration cannot be read, the server does not answer within ten seconds or refuses us, or the dev
    /// server does not start.
    pub async fn connect(self) -> Result<Connected, ConnectError> {
        match self.place {
            Place::Environment => match environment::read(None)? {
                Environment::Server(remote) => remote.connect(self.namespace, self.codec).await,
                Environment::Silent { namespace } => {
                    start(DevServer::shared(), self.namespace.or(namespace), self.codec).await
                }
            },
            Place::Address(address) => {
                let remote = Remote::at(&address, "given in the program")?;
                remote.connect(self.namespace, self.codec).await
            }
            Place::DevServer(server) => start(*server, self.namespace, self.codec).await,
            Place::Client(_) if self.codec.is_some() => Err(ConnectError::Configuration(
                "the given client has a data converter of its own; give it the codec, and the app none".to_owned(),
            )),
            Place::Client(client) => Ok(Connected::given(*client)),
        }
    }
}

impl From<Place> for Target {
    fn from(place: Place) -> Self {
        Self { place, ..Self::default() }
    }
}

/// A connection to a Temporal server.
#[derive(Debug)]
#[non_exhaustive]
pub struct Connected {
    /// The client, bound to the namespace.
    pub client: Client,
    /// Where the server is, as `host:port`; words where the client was given, for it does not tell.
    pub address: String,
    /// The namespace.
    pub namespace: String,
    /// The address of the web interface, where it is known.
    pub ui: Option<String>,
    /// The dev server, if there is one; an ephemeral one stops when this is dropped.
    pub server: Option<RunningServer>,
}

impl Connected {
    fn given(client: Client) -> Self {
        Self {
            address: "the given client's server".to_owned(),
            namespace: client.options().namespace.clone(),
            client,
            ui: None,
            server: None,
        }
    }
}

/// Starts `server` and connects to it.
async fn start(server: DevServer, namespace: Option<String>, codec: Option<Chain>) -> Result<Connected, ConnectError> {
    let server = match namespace {
        Some(namespace) => server.namespace(namespace),
        None => server,
    };
    let server = server.start().await?;
    let remote = Remote::at(server.address(), "our dev server")?;
    let connected = remote.connect(Some(server.namespace().to_owned()), codec).await?;
    Ok(Connected { ui: server.ui().map(str::to_owned), server: Some(server), ..connected })
}
