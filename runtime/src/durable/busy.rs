//! Whether a workflow's code gives its thread back: what blocks holds up all workflows of its worker, and says nothing.

use super::Site;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    thread,
    time::{Duration, Instant},
};

/// How long code may be at work before it is named. What computes for so long belongs into a tool as well.
const LONGEST: Duration = Duration::from_secs(2);
/// How often it is looked.
const BETWEEN: Duration = Duration::from_millis(500);

/// The polls in progress.
static POLLS: Mutex<Polls> = Mutex::new(Polls { begun: 0, open: BTreeMap::new() });

struct Polls {
    begun: u64,
    open: BTreeMap<u64, Poll>,
}

struct Poll {
    /// Whose it is.
    worker: Worker,
    since: Instant,
    workflow: String,
    id: String,
    is_named: bool,
}

/// What tells one worker from another in the same process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worker(usize);

impl Worker {
    /// Each has a site of its own.
    pub(crate) fn of(site: &Arc<Site>) -> Self {
        Self(Arc::as_ptr(site).addr())
    }
}

/// A poll in progress, until this is dropped.
pub(crate) struct Watched(u64);

/// Watches a poll of this workflow's code.
pub(crate) fn watch(worker: Worker, workflow: &str, id: &str) -> Watched {
    static LOOKOUT: OnceLock<()> = OnceLock::new();
    LOOKOUT.get_or_init(|| {
        let lookout = thread::Builder::new().name("steadfast-lookout".to_owned());
        if let Err(error) = lookout.spawn(look) {
            tracing::warn!(%error, "workflows that block their thread will not be named");
        }
    });
    let mut polls = polls();
    let number = polls.begun;
    polls.begun += 1;
    let (workflow, id) = (workflow.to_owned(), id.to_owned());
    polls.open.insert(number, Poll { worker, since: Instant::now(), workflow, id, is_named: false });
    Watched(number)
}

impl Drop for Watched {
    fn drop(&mut self) {
        polls().open.remove(&self.0);
    }
}

/// Waits until a poll of this worker's has lasted for so long, since then or since before; gives its workflow's name and id.
pub(crate) async fn held_up(worker: Worker, since: Instant, longest: Duration) -> (String, String) {
    loop {
        tokio::time::sleep(BETWEEN).await;
        let is_held_up = |poll: &&Poll| poll.worker == worker && since.max(poll.since).elapsed() > longest;
        if let Some(poll) = polls().open.values().find(is_held_up) {
            return (poll.workflow.clone(), poll.id.clone());
        }
    }
}

fn look() {
    loop {
        thread::sleep(BETWEEN);
        for poll in polls().open.values_mut().filter(|poll| !poll.is_named && poll.since.elapsed() > LONGEST) {
            poll.is_named = true;
            tracing::error!(
                id = poll.id,
                "workflow `{}` has not given back its thread for {} seconds, and holds up all workflows of its worker; move \
                 what blocks (a lock, a channel, a file, a process, `thread::sleep`, a long computation) into a tool",
                poll.workflow,
                LONGEST.as_secs()
            );
        }
    }
}

fn polls() -> MutexGuard<'static, Polls> {
    POLLS.lock().unwrap_or_else(PoisonError::into_inner)
}
