//! One dev server for all tests of this binary, apps that run on it, and workers whose workflows are all replayed.

use crate::clients;
use serde::de::DeserializeOwned;
use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
    thread,
    time::Duration,
};
use steadfast::{
    App, DevServer, Error, Handle, History, ReplayError, Replayed, Replayer, Result, RunningServer, RunningWorker,
    Target,
};
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

/// A worker for `app`. When it stops, everything that has run on its task queue is exported, to
/// `target/tmp/histories/<test>`, and replayed. A test for which that cannot be right, because code changes in it, says so
/// and starts `app.worker()` itself.
pub(crate) async fn worker(app: &App) -> Worker {
    let running = app.worker().await.expect("the app can start").spawn();
    let client = app.client().await.expect("it is connected");
    let queue = client.task_queue().to_owned();
    let ran = Ran { address: client.address().to_owned(), folder: folder(&queue), queue, replayer: app.replayer() };
    Worker { running: Some(running), ran: Some(ran) }
}

/// A worker that no test can forget to replay.
pub(crate) struct Worker {
    running: Option<RunningWorker>,
    ran: Option<Ran>,
}

/// What has run on a task queue.
struct Ran {
    address: String,
    queue: String,
    folder: PathBuf,
    replayer: Replayer,
}

impl Worker {
    pub(crate) async fn stop(mut self) -> Result<()> {
        match self.running.take() {
            Some(running) => running.stop().await,
            None => Ok(()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.running = None;
        let Some(ran) = self.ran.take().filter(|_| !thread::panicking()) else { return };
        // The test's own runtime may be of one thread, which is this one.
        let replayed = thread::spawn(move || {
            let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            tokio.block_on(ran.replay())
        });
        if let Err(error) = replayed.join().expect("a replay does not panic") {
            panic!("what has run here does not replay: {error}");
        }
    }
}

impl Ran {
    /// Exports the histories of all workflows, finished, failed and running ones, and replays them from there.
    async fn replay(&self) -> Result<()> {
        let app = App::new(&self.queue).target(Target::address(&self.address));
        let client = app.client().await?;
        let mut saved = Vec::new();
        // The list of workflows lags behind by some milliseconds.
        for _ in 0..10 {
            saved = client.save_histories(&self.folder).await?;
            if !saved.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        let (of, mut failures) = (saved.len(), Vec::new());
        for path in saved {
            let history = History::load(&path)?;
            if lock(&REPLAYED).contains(&key(&history)) {
                continue;
            }
            match self.replayer.replay(&history).await.and_then(Replayed::strict) {
                // It was started, and its worker was stopped.
                Ok(_) | Err(ReplayError::NothingDone { .. }) => {}
                Err(error) => failures.push((path.display().to_string(), error)),
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(Error::from(ReplayError::Several { of, failures })) }
    }
}

/// Runs that a test has replayed itself, each with the number of its events.
static REPLAYED: Mutex<BTreeSet<(String, usize)>> = Mutex::new(BTreeSet::new());

fn key(history: &History) -> (String, usize) {
    (history.run_id().unwrap_or_default().to_owned(), history.events().len())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where a test's histories of a task queue go. What is there of an earlier time is removed.
fn folder(queue: &str) -> PathBuf {
    static CLEARED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let test = thread::current().name().unwrap_or("unknown").replace("::", ".");
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("histories").join(&test);
    if lock(&CLEARED).insert(test) {
        let _ = fs::remove_dir_all(&folder);
    }
    folder.join(queue)
}

async fn replay(app: &App, history: &History) {
    let replayed = app.replayer().replay(history).await.and_then(Replayed::strict);
    replayed.expect("the code does again what it did, to the letter");
    lock(&REPLAYED).insert(key(history));
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
        replay(app, history).await;
    }
    histories
}

/// The history of a finished workflow, after it was replayed without a difference: every test's last word.
pub(crate) async fn replayed<T>(app: &App, run: &Handle<T>) -> History {
    let history = run.history().await.expect("the server has the history");
    replay(app, &history).await;
    history
}
