//! A tokio runtime that nobody drives. A workflow's code is polled within it, where it is looked at whether it does the same
//! again: what it spawns stays there, and is seen, and so is work for threads of its own; timers and sockets there are none.

use super::wakeup::Inside;
use crate::enclosed::enclose;
use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::runtime::{Builder, Handle, Runtime};

/// One for all workflows of a worker, which are polled by one thread.
#[derive(Default)]
pub(crate) struct Decoy {
    runtime: Mutex<Option<Runtime>>,
    /// Whether it has begun a thread, for what would block another.
    has_threads: Arc<AtomicBool>,
}

impl Decoy {
    /// Runs a part of a workflow's code; or says what it has done that it must not.
    pub(super) fn watch<T>(&self, code: impl FnOnce() -> T) -> Result<T, &'static str> {
        // Without one, the code is polled all the same.
        let Some(handle) = self.handle() else { return Ok(code()) };
        let result = catch_unwind(AssertUnwindSafe(|| enclose(&handle, code)));
        let has_threads = self.has_threads.swap(false, Ordering::Relaxed);
        let has_tasks = handle.metrics().num_alive_tasks() > 0;
        if has_tasks || has_threads {
            // Whoever waits for a task is woken by its end.
            let _inside = Inside::enter();
            self.shut_down();
            return Err(if has_tasks { SPAWNED } else { BLOCKING });
        }
        result.or_else(|panic| match said_by_tokio(panic.as_ref()) {
            Some(said) => Err(said),
            None => resume_unwind(panic),
        })
    }

    fn handle(&self) -> Option<Handle> {
        let mut runtime = self.lock();
        if runtime.is_none() {
            let has_threads = Arc::clone(&self.has_threads);
            // The name is asked for by whoever begins the thread, before it runs.
            let named = move || {
                has_threads.store(true, Ordering::Relaxed);
                "steadfast-decoy".to_owned()
            };
            *runtime = Builder::new_current_thread().thread_name_fn(named).build().ok();
        }
        runtime.as_ref().map(|runtime| runtime.handle().clone())
    }

    /// What was spawned goes with it. This may be a thread of another runtime, which must not wait for it.
    fn shut_down(&self) {
        let runtime = self.lock().take();
        if let Some(runtime) = runtime {
            runtime.shutdown_background();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Runtime>> {
        self.runtime.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Decoy {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Whether it is tokio that has panicked, because the decoy lacks something.
fn said_by_tokio(panic: &(dyn Any + Send)) -> Option<&'static str> {
    let said = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied())?;
    let lacks = |what: &str| said.contains("Tokio 1.x context was found") && said.contains(what);
    if lacks("timers are disabled") {
        Some(TIMER)
    } else if lacks("IO is disabled") || said.contains("there is no signal driver running") {
        Some(SOCKET)
    } else {
        None
    }
}

const SPAWNED: &str = "it spawns a task, or something does that it uses, such as a static or a log: nothing that a task does is \
    recorded, and every replay would do it again; run things side by side with `workflow::join!` or `workflow::map`, and move \
    what is to go on by itself into a tool or a child workflow";
const BLOCKING: &str = "it hands work to another thread (`spawn_blocking`, or a file of tokio's), which a replay would do \
    again: move that into a tool or an activity";
const TIMER: &str = "it uses a timer of tokio's, which a replay would know nothing of: use `workflow::sleep`, or `.within(..)` \
    where there is a limit, or move it into a tool";
const SOCKET: &str =
    "it opens a socket, or starts a process, which a replay would do again: move that into a tool or an activity";

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn what_code_must_not_do_is_said_and_the_next_may_go_on() {
        let decoy = Decoy::default();
        assert_eq!(decoy.watch(|| 1), Ok(1));
        assert_eq!(decoy.watch(|| drop(tokio::spawn(async {}))), Err(SPAWNED));
        assert_eq!(decoy.watch(|| 2), Ok(2), "what was spawned is gone");
        assert_eq!(decoy.watch(|| drop(tokio::task::spawn_blocking(|| {}))), Err(BLOCKING));
        assert_eq!(decoy.watch(|| 3), Ok(3), "the thread too");
        assert_eq!(decoy.watch(|| drop(tokio::time::sleep(Duration::from_secs(1)))), Err(TIMER));
        assert_eq!(decoy.watch(|| drop(tokio::net::UdpSocket::from_std(bound()))), Err(SOCKET));
        let own = catch_unwind(AssertUnwindSafe(|| decoy.watch(|| panic!("its own"))));
        assert_eq!(own.expect_err("it is passed on").downcast_ref(), Some(&"its own"));
        decoy.watch(|| crate::enclosed::outside(|| drop(tokio::spawn(async {})))).expect("that is let out");
    }

    fn bound() -> std::net::UdpSocket {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_nonblocking(true).expect("it can be told");
        socket
    }
}
