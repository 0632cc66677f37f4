//! Starts real servers: each test one or two of its own, in folders of its own.

use super::{DevServer, DevServerError, RunningServer, find, ports::Ports, probe, process, watchdog::Watchdog};
use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A cache folder that only one test knows; a shared server in it does not outlive a test that fails.
struct Cache(TempDir);

impl Cache {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// The shared server of this folder, with the machine's own binary.
    async fn shared(&self) -> DevServer {
        let binary = find::binary(&DevServer::shared()).await.unwrap();
        DevServer { cache: self.0.path().to_owned(), ..DevServer::shared().binary(binary) }
    }
}

impl Drop for Cache {
    fn drop(&mut self) {
        let Ok(record) = std::fs::read_to_string(self.0.path().join("dev-server/server.json")) else {
            return;
        };
        let record: serde_json::Value = serde_json::from_str(&record).unwrap();
        if std::thread::panicking() {
            let _ = Command::new("kill").args(["-KILL", &record["pid"].to_string()]).status();
        }
    }
}

async fn answers(server: &RunningServer) -> bool {
    probe::is_ready(server.address(), server.namespace()).await.unwrap()
}

#[cfg(unix)]
fn kill(pid: u32) {
    let status = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
    assert!(status.unwrap().success());
}

async fn eventually_silent(address: &str) -> bool {
    let deadline = Instant::now() + Duration::from_secs(5);
    while Instant::now() < deadline {
        if !probe::is_ready(address, "default").await.unwrap() {
            return true;
        }
        tokio::time::sleep(process::LOOK_AGAIN).await;
    }
    false
}

/// A server that has just started may not have read all its namespaces.
async fn eventually_known(address: &str, namespace: &str) -> bool {
    let deadline = Instant::now() + Duration::from_mins(1);
    while Instant::now() < deadline {
        if probe::describe(address, namespace).await.is_ok() {
            return true;
        }
        tokio::time::sleep(process::LOOK_AGAIN).await;
    }
    false
}

#[tokio::test]
async fn ephemeral_lives_as_long_as_its_handle() {
    let server = DevServer::ephemeral().namespace("orders").start().await.unwrap();
    assert!(answers(&server).await);
    assert!(server.started_here());
    assert_eq!((server.namespace(), server.ui()), ("orders", None));
    let address = server.address().to_owned();
    drop(server);
    assert!(!probe::is_ready(&address, "default").await.unwrap());
}

#[tokio::test]
async fn ephemeral_servers_do_not_meet() {
    let (one, two) = tokio::join!(
        DevServer::ephemeral().ui(true).start(),
        DevServer::ephemeral().dynamic_config("limit.historyCount.error", 200).start()
    );
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one.address(), two.address());
    assert!(one.ui().unwrap().starts_with("http://127.0.0.1:"));
    one.stop().await;
    assert!(answers(&two).await);
}

#[tokio::test]
#[cfg(unix)]
async fn shared_outlives_its_handle_and_its_own_death() {
    let cache = Cache::new();
    let settings = cache.shared().await;
    let first = settings.clone().namespace("kept").start().await.unwrap();
    let (pid, address) = (first.pid().unwrap(), first.address().to_owned());
    assert!(first.started_here());
    drop(first);

    let second = settings.clone().start().await.unwrap();
    assert_eq!((second.pid(), second.address(), second.started_here()), (Some(pid), &*address, false));
    kill(pid);
    assert!(eventually_silent(&address).await);

    // The handle of the dead server does not keep a new one from starting.
    let third = settings.start().await.unwrap();
    assert!(third.started_here());
    assert_ne!(third.pid(), Some(pid));
    assert!(eventually_known(third.address(), "kept").await, "it is in the database that the first server wrote");
    second.stop().await;
    assert!(answers(&third).await, "the handle of a dead server stops no other");
    third.stop().await;
}

#[tokio::test]
#[cfg(unix)]
async fn shared_is_started_once_by_two_at_once() {
    let cache = Cache::new();
    let settings = cache.shared().await;
    let (one, two) = tokio::join!(settings.clone().start(), settings.start());
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.pid(), two.pid());
    assert_ne!(one.started_here(), two.started_here());
    // Stopped by the handle that did not start it, so by its number alone.
    let (starter, finder) = if one.started_here() { (one, two) } else { (two, one) };
    let address = starter.address().to_owned();
    finder.stop().await;
    assert!(!probe::is_ready(&address, "default").await.unwrap());
}

#[tokio::test]
#[cfg(unix)]
async fn shared_is_found_though_its_starter_died_half_way() {
    let cache = Cache::new();
    let settings = cache.shared().await;
    // Cancelled at its first wait, which is all that a crash leaves behind too: a server, and what was written down.
    let start = settings.clone().start();
    assert!(tokio::time::timeout(Duration::from_millis(1), start).await.is_err());
    let found = settings.start().await.unwrap();
    assert!(!found.started_here());
    found.stop().await;
}

#[tokio::test]
async fn two_installs_at_once_give_one_binary() {
    let folder = TempDir::new().unwrap();
    let (one, two) = tokio::join!(find::in_cache(folder.path()), find::in_cache(folder.path()));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one, two);
    let mut names: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["install.lock".into(), one.file_name().unwrap().to_owned()]);
    assert!(Command::new(one).arg("--version").stdout(Stdio::null()).status().unwrap().success());
}

#[tokio::test]
#[cfg(unix)]
async fn a_binary_that_ends_at_once_is_quoted() {
    let error = DevServer::ephemeral().binary("/bin/ls").start().await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, DevServerError::Ended { .. }), "{text}");
    assert!(text.contains("/bin/ls") && text.contains("option"), "{text}");
}

#[tokio::test]
async fn a_binary_that_cannot_be_run_is_named() {
    let error = DevServer::ephemeral().binary("/no/such/temporal").start().await.unwrap_err();
    assert!(error.to_string().starts_with("`/no/such/temporal` cannot be run"), "{error}");
}

#[tokio::test]
async fn a_taken_port_is_recognised() {
    let server = DevServer::ephemeral().start().await.unwrap();
    let settings = DevServer::ephemeral();
    let binary = find::binary(&settings).await.unwrap();
    let ports = Ports { grpc: server.address().rsplit(':').next().unwrap().parse().unwrap(), ui: None };
    let mut log = tempfile::Builder::new().append(true).tempfile().unwrap().into_file();
    let mut child = process::spawn(&settings, &binary, None, ports, &log).unwrap();
    // Waited for first: the other server answers at this very port.
    child.wait().unwrap();
    let error = process::until_ready(&mut child, &settings, &binary, ports, &mut log).await.unwrap_err();
    assert!(error.is_taken_port(), "{error}");
}

#[test]
#[cfg(unix)]
fn the_watchdog_kills_only_when_it_is_abandoned() {
    let sleeper = || Command::new("sleep").arg("60").spawn().unwrap();
    let mut spared = sleeper();
    Watchdog::over(spared.id()).unwrap().dismiss();
    assert!(spared.try_wait().unwrap().is_none());
    spared.kill().unwrap();
    spared.wait().unwrap();

    let mut orphan = sleeper();
    Watchdog::over(orphan.id()).unwrap().abandon();
    assert!(!orphan.wait().unwrap().success());
}
