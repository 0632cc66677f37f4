//! The server's process: its command line, its start, its last words.

use super::{DevServer, DevServerError, ports::Ports, probe};
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// How long a server may take to answer; an idle machine needs a quarter of a second.
pub(super) const START_LIMIT: Duration = Duration::from_secs(30);

/// How long to wait between two looks.
pub(super) const LOOK_AGAIN: Duration = Duration::from_millis(25);

/// How long an answer is doubted that the server has not announced in its log.
const DOUBT: Duration = Duration::from_secs(1);

/// How much of a log is read, and how much of that is quoted in an error.
const READ_BYTES: u64 = 64 * 1024;
const QUOTED_LINES: usize = 15;

/// Starts `binary` as the server that `settings` describe, with its output in `log`.
pub(super) fn spawn(
    settings: &DevServer,
    binary: &Path,
    database: Option<&Path>,
    ports: Ports,
    log: &File,
) -> Result<Child, DevServerError> {
    let mut command = Command::new(binary);
    command.args(["server", "start-dev", "--ip", "127.0.0.1", "--log-level", "error"]);
    command.arg("--port").arg(ports.grpc.to_string());
    match ports.ui {
        Some(port) => command.arg("--ui-port").arg(port.to_string()),
        None => command.arg("--headless"),
    };
    if let Some(database) = database {
        command.arg("--db-filename").arg(database);
    }
    for (key, value) in &settings.dynamic_config {
        command.arg("--dynamic-config-value").arg(format!("{key}={value}"));
    }
    for (name, kind) in &settings.search_attributes {
        command.arg("--search-attribute").arg(format!("{name}={kind}"));
    }
    // The server must hold nothing of ours that somebody waits for: no pipe, no terminal, no folder to be removed.
    command.stdin(Stdio::null()).current_dir(std::env::temp_dir());
    set_apart(&mut command);
    let mut run = || command.stdout(log.try_clone()?).stderr(log.try_clone()?).spawn();
    run().map_err(|source| DevServerError::Run { binary: binary.to_owned(), source })
}

/// Puts the process in a group of its own, so that a Ctrl-C meant for us does not reach it.
fn set_apart(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    {
        const CREATE_NEW_PROCESS_GROUP: u32 = 0x0000_0200;
        const CREATE_NO_WINDOW: u32 = 0x0800_0000;
        std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
    }
}

/// Waits until the server answers or its process has ended.
pub(super) async fn until_ready(
    child: &mut Child,
    settings: &DevServer,
    binary: &Path,
    ports: Ports,
    log: &mut File,
) -> Result<(), DevServerError> {
    let deadline = Instant::now() + START_LIMIT;
    let mut answered = None;
    loop {
        if answered.is_none() && probe::is_ready(&ports.address(), &settings.namespace).await? {
            answered = Some(Instant::now());
        }
        let ended = child.try_wait().map_err(|source| DevServerError::Run { binary: binary.to_owned(), source })?;
        if let Some(status) = ended {
            return Err(DevServerError::Ended { binary: binary.to_owned(), status, log: last_words(log) });
        }
        // A stranger may have taken a usual port a moment before, and answer in the place of our server, which is
        // about to end for just that reason. So there the server's own word is needed too, unless it keeps silent.
        let announced = |log: &mut File| recent(log).is_ok_and(|text| text.contains("Server:"));
        if answered.is_some_and(|since| ports.are_drawn() || since.elapsed() > DOUBT || announced(log)) {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(DevServerError::Silent {
                address: ports.address(),
                pid: Some(child.id()),
                log: last_words(log),
            });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// The end of a log, for an error's text.
pub(super) fn last_words(log: &mut File) -> String {
    let text = match recent(log) {
        Ok(text) => text,
        Err(error) => return format!("(its log cannot be read: {error})"),
    };
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        // What Go prints under the reason of a panic: hundreds of lines that would hide it.
        .take_while(|line| !line.starts_with("goroutine "))
        .collect();
    match lines.len() {
        0 => "(it wrote nothing)".to_owned(),
        count => lines[count.saturating_sub(QUOTED_LINES)..].join("\n"),
    }
}

/// What was written of late. The log is open for appending, so our reading does not move the server's pen.
fn recent(log: &mut File) -> io::Result<String> {
    let length = log.seek(SeekFrom::End(0))?;
    log.seek(SeekFrom::Start(length.saturating_sub(READ_BYTES)))?;
    let mut bytes = Vec::new();
    log.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
