//! One dev server for all tests of this binary, and apps that run on it.

use crate::clients;
use serde::de::DeserializeOwned;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use steadfast::{App, DevServer, Handle, History, Result, RunningServer, RunningWorker, Target};
use tokio::sync::OnceCell;

/// The address of the one server. It ends with this process.
pub(crate) async fn address() -> &'static str {
    static SERVER: OnceCell<RunningServer> = OnceCell::const_new();
    let start = || async {
        clients::known(DevServer::ephemeral()).start().await.expect("a Temporal server can be found or installed")
    };
    SERVER.get_or_init(start).await.address()
}

/// The address of another one, which suggests to continue as new after a few dozen events.
pub(crate) async fn impatient() -> &'static str {
    static SERVER: OnceCell<RunningServer> = OnceCell::const_new();
    let start = || async {
        let server = DevServer::ephemeral().dynamic_config("limit.historyCount.suggestContinueAsNew", 60);
        server.start().await.expect("a Temporal server can be found or installed")
    };
    SERVER.get_or_init(start).await.address()
}

/// An app on the server, with a task queue of its own.
pub(crate) async fn app(name: &str) -> App {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let queue = format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed));
    App::new(queue).target(Target::address(address().await))
}

/// A worker for `app`.
pub(crate) async fn worker(app: &App) -> RunningWorker {
    app.worker().await.expect("the app can start").spawn()
}

/// The result of a workflow, which must come within a time that is ample for any of these tests: one that is stuck is
/// to fail, and to say where.
pub(crate) async fn result<T: DeserializeOwned>(run: &Handle<T>) -> Result<T> {
    if let Ok(result) = tokio::time::timeout(Duration::from_secs(90), run.result()).await {
        return result;
    }
    let histories = run.histories().await.expect("the server has them");
    let last = histories.last().expect("there is at least one");
    let json = String::from_utf8(last.to_json().expect("it has been read")).expect("JSON is text");
    let failures: Vec<_> = json.split("\"message\":\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    panic!("{} is stuck in run {} after {:?}: {failures:?}", run.id(), histories.len(), last.events())
}

/// The histories of all runs of a finished workflow, each replayed without a difference.
pub(crate) async fn all_replayed<T>(app: &App, run: &Handle<T>) -> Vec<History> {
    let histories = run.histories().await.expect("the server has them");
    for history in &histories {
        app.replay(history).await.expect("the code does again what it did");
    }
    histories
}

/// The history of a finished workflow, after it was replayed without a difference: every test's last word.
pub(crate) async fn replayed<T>(app: &App, run: &Handle<T>) -> History {
    let history = run.history().await.expect("the server has the history");
    app.replay(&history).await.expect("the code does again what it did");
    history
}
