//! Where a server listens: free ports of the loopback address.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    time::Duration,
};

/// Temporal's usual ports: what every client and every tutorial expects.
const USUAL: (u16, u16) = (7233, 8233);

/// The ports of one server.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ports {
    pub(super) grpc: u16,
    pub(super) ui: Option<u16>,
}

impl Ports {
    /// Ports that nobody listens on.
    pub(super) fn free(ui: bool) -> io::Result<Self> {
        Ok(Self { grpc: free_port()?, ui: if ui { Some(free_port()?) } else { None } })
    }

    /// The usual ports if they are free, else others.
    pub(super) fn usual(ui: bool) -> io::Result<Self> {
        let (grpc, web) = USUAL;
        if is_free(grpc) && (!ui || is_free(web)) { Ok(Self { grpc, ui: ui.then_some(web) }) } else { Self::free(ui) }
    }

    /// Whether the system drew the ports for us, so that nobody else can have thought of them.
    pub(super) fn are_drawn(self) -> bool {
        self.grpc != USUAL.0
    }

    /// The address of the server, for a gRPC client.
    pub(super) fn address(self) -> String {
        format!("127.0.0.1:{}", self.grpc)
    }

    /// The address of the web interface, for a browser.
    pub(super) fn ui_address(self) -> Option<String> {
        self.ui.map(|port| format!("http://127.0.0.1:{port}"))
    }
}

/// Lets the system choose a port, and keeps it from choosing the same one again for a while.
fn free_port() -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    if cfg!(target_os = "linux") {
        // Linux draws at random and may draw the same port for the next who asks. A connection closed from the
        // listening side leaves the port waiting for a minute: not drawn, and yet free for whoever names it.
        let _client = TcpStream::connect(address)?;
        drop(listener.accept()?);
    }
    Ok(address.port())
}

/// Whether nobody listens on `port`, on this address or (as from a container) on all.
fn is_free(port: u16) -> bool {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    // Binding alone is no proof: macOS lets us have an address whose port someone holds on all addresses.
    TcpStream::connect_timeout(&address, Duration::from_millis(100)).is_err() && TcpListener::bind(address).is_ok()
}
