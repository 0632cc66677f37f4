//! The server of one handle: gone when the handle is dropped, or when this process dies.

use super::{DevServer, DevServerError, Hold, RunningServer, find, ports::Ports, process, watchdog::Watchdog};
use std::process::Child;

/// A process that ends with its handle.
#[derive(Debug)]
pub(super) struct Owned {
    child: Child,
    watchdog: Option<Watchdog>,
}

/// Starts a server of one's own.
pub(super) async fn start(settings: &DevServer) -> Result<RunningServer, DevServerError> {
    let binary = find::binary(settings).await?;
    let database = settings.database.as_deref().map(std::path::absolute).transpose();
    let database = database.map_err(DevServerError::file(settings.database.as_deref().unwrap_or(&settings.cache)))?;
    let ports = Ports::free(settings.ui).map_err(DevServerError::Ports)?;
    let log = tempfile::Builder::new().append(true).tempfile();
    // Without its name, so that nothing is left behind however this ends.
    let (mut log, name) = log.map_err(DevServerError::file(&std::env::temp_dir()))?.into_parts();
    drop(name);
    let mut owned = Owned::new(process::spawn(settings, &binary, database.as_deref(), ports, &log)?);
    process::until_ready(&mut owned.child, settings, &binary, ports, &mut log).await?;
    Ok(RunningServer {
        address: ports.address(),
        ui: ports.ui_address(),
        namespace: settings.namespace.clone(),
        pid: Some(owned.child.id()),
        started_here: true,
        hold: Hold::Owned(owned),
    })
}

impl Owned {
    fn new(child: Child) -> Self {
        let watchdog = Watchdog::over(child.id());
        Self { child, watchdog }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        if let Some(watchdog) = self.watchdog.take() {
            watchdog.dismiss();
        }
        // Either fails only when the process has ended already. The wait takes milliseconds after such a kill, and
        // whoever drops the handle may count on the port and the memory being free.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
