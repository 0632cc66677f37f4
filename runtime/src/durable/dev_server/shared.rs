//! The server of all the user's processes: started by the first, found by the others.
//!
//! Its address is written down before it starts, and `home` knows for certain whether it lives. So a crash of the
//! starter between any two steps leaves nothing that the next start cannot make sense of.

use super::{
    DevServer, DevServerError, Hold, RunningServer, find,
    home::{Home, Record},
    ports::Ports,
    probe,
    process::{self, LOOK_AGAIN, START_LIMIT},
};
use std::{
    fs::File,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a stopped server may take to be gone.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// What a handle knows of the shared server.
#[derive(Debug)]
pub(super) struct Shared {
    home: Home,
    /// The process, where it is our child and so must be waited for when it is stopped.
    child: Option<Child>,
}

/// Finds the server that runs, or starts one.
pub(super) async fn start(settings: &DevServer) -> Result<RunningServer, DevServerError> {
    let home = Home::of(settings)?;
    // Held until the server answers: who comes second waits and finds it. Declared before the log, to be freed after.
    let _lock = home.lock().await?;
    let mut log = home.open_log()?;
    let record = home.read();
    let deadline = Instant::now() + START_LIMIT;
    // Looked at each time round: a server that lives may be about to answer, or about to be gone.
    while home.lives(&log, record.as_ref()).await? {
        if let Some(record) = &record
            && probe::is_ready(&record.address, &settings.namespace).await?
        {
            return Ok(handle(settings, home, record, None));
        }
        if Instant::now() >= deadline {
            return Err(DevServerError::Silent {
                address: record.as_ref().map_or("an unknown address", |record| &record.address).to_owned(),
                pid: record.and_then(|record| record.pid),
                log: process::last_words(&mut log),
            });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    launch(settings, home, &mut log).await
}

/// Starts a server; if that is cancelled half-way, it goes on starting, and the next to come finds it.
async fn launch(settings: &DevServer, home: Home, log: &mut File) -> Result<RunningServer, DevServerError> {
    let binary = find::binary(settings).await?;
    home.empty_log(log)?;
    let ports = Ports::usual(settings.ui).map_err(DevServerError::Ports)?;
    let mut record = Record::new(ports, &binary);
    home.write(&record)?;
    let mut child = process::spawn(settings, &binary, Some(home.database()), ports, log)?;
    record.pid = Some(child.id());
    let ready = match home.write(&record) {
        Ok(()) => process::until_ready(&mut child, settings, &binary, ports, log).await,
        failed => failed,
    };
    if let Err(error) = ready {
        end(&mut child);
        return Err(error);
    }
    Ok(handle(settings, home, &record, Some(child)))
}

fn handle(settings: &DevServer, home: Home, record: &Record, child: Option<Child>) -> RunningServer {
    RunningServer {
        address: record.address.clone(),
        ui: record.ui.clone(),
        namespace: settings.namespace.clone(),
        pid: record.pid,
        started_here: child.is_some(),
        hold: Hold::Shared(Shared { home, child }),
    }
}

impl Shared {
    /// Ends the server's process, if it still is the one this handle knows, and waits until it is gone.
    pub(super) async fn stop(self, pid: Option<u32>) {
        let Self { home, child } = self;
        let Ok(_lock) = home.lock().await else { return };
        if let Some(mut child) = child {
            return end(&mut child);
        }
        let (Some(pid), Some(record)) = (pid, home.read()) else {
            return;
        };
        // A number alone may be another process's by now; that the server lives and has this number says it is not.
        if record.pid != Some(pid) || !home.lives_now(&record).await {
            return;
        }
        kill(pid);
        let deadline = Instant::now() + STOP_LIMIT;
        while home.lives_now(&record).await && Instant::now() < deadline {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }
}

/// Ends a child of ours; both steps fail only where it has ended already.
fn end(child: &mut Child) {
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends a process that is not our child, by the system's own command because a system call would be unsafe code.
fn kill(pid: u32) {
    let pid = pid.to_string();
    let mut command = if cfg!(windows) { Command::new("taskkill") } else { Command::new("kill") };
    if cfg!(windows) {
        command.args(["/F", "/PID", &pid]);
    } else {
        command.args(["-KILL", &pid]);
    }
    let killed = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if let Err(error) = killed {
        tracing::warn!(%error, pid, "the shared dev server cannot be stopped");
    }
}
