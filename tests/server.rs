//! One dev server for all tests of this binary, and apps that run on it.

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
    let start = || async { DevServer::ephemeral().start().await.expect("a Temporal server can be found or installed") };
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
    panic!("{} is stuck after {:?}", run.id(), run.history().await.map(|history| history.events()))
}

/// The history of a finished workflow, after it was replayed without a difference: every test's last word.
pub(crate) async fn replayed<T>(app: &App, run: &Handle<T>) -> History {
    let history = run.history().await.expect("the server has the history");
    app.replay(&history).await.expect("the code does again what it did");
    history
}
