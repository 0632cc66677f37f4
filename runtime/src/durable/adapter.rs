//! The adapter: polls a workflow's code, turns what it asks for into Temporal's futures, and delivers the answers.
//!
//! The code is polled with a waker of the adapter's own, because combinators such as `FuturesUnordered` wake from
//! inside, which the SDK would take for a wake from outside and refuse. And since the adapter knows every request,
//! it notices at once when the code waits for something that is none: a socket, a tokio timer, another thread.

use super::{
    effects::{Request, Shared, Waiting},
    limits::MAX_PAYLOADS_PER_TASK,
};
use crate::effects;
use futures::{
    FutureExt,
    future::{BoxFuture, LocalBoxFuture},
};
use std::{
    cell::Cell,
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
    time::SystemTime,
};

/// What the adapter needs from the workflow's context.
pub(crate) trait Host {
    /// When the current task started.
    fn time(&self) -> SystemTime;
    /// How long the history was when the current task started: another task, another number.
    fn task(&self) -> u32;
    /// Begins what was asked for, when the work is first polled.
    fn begin(&self, request: Request) -> Begun;
    /// Shows how far the workflow is.
    fn show(&self, progress: String);
    /// Whether somebody has asked to cancel the workflow.
    fn is_cancelled(&self) -> bool;
    /// Fails the current task with a message; the server will try it again.
    fn fail_task(&self, message: String);
}

/// A request that Temporal works on.
pub(crate) struct Begun {
    /// Ends when the answer has been delivered.
    pub(crate) work: LocalBoxFuture<'static, ()>,
    /// What it sends, in bytes of payload, when it is first polled.
    pub(crate) bytes: usize,
    pub(crate) waiting: Waiting,
    /// Cancels the work.
    pub(crate) cancel: Box<dyn Fn()>,
}

/// How a workflow's code ended.
pub(crate) enum Ended<T> {
    Returned(T),
    /// Cancelled: the code was dropped where it was, as any Rust future is.
    Cancelled,
}

/// A workflow's code on its way.
pub(crate) struct Adapter<H, T> {
    host: H,
    shared: Arc<Shared>,
    code: Option<BoxFuture<'static, T>>,
    /// What was asked for and is not yet sent, in the order it was asked for.
    held: VecDeque<Begun>,
    /// What the code waits for, in the order it asked.
    open: Vec<Begun>,
    /// What nobody waits for any more; polled until Temporal has taken the cancellation.
    abandoned: Vec<LocalBoxFuture<'static, ()>>,
    /// What this task sends already: its number, and bytes of payload.
    sent: (u32, usize),
    wakeup: Arc<Wakeup>,
}

impl<H: Host, T> Adapter<H, T> {
    pub(crate) fn new(host: H, shared: Arc<Shared>, code: impl Future<Output = T> + Send + 'static) -> Self {
        let ambient: Arc<dyn effects::Effects> = Arc::<Shared>::clone(&shared);
        // Tokio's cooperative budget would make channels pretend to be empty, and there is no task here to yield to.
        let code = tokio::task::unconstrained(effects::within(ambient, code));
        Self {
            host,
            shared,
            code: Some(Box::pin(code)),
            held: VecDeque::new(),
            open: Vec::new(),
            sent: (0, 0),
            abandoned: Vec::new(),
            wakeup: Arc::default(),
        }
    }

    /// Polls the code once and begins what it asked for.
    fn advance(&mut self) -> Poll<T> {
        self.shared.set_time(self.host.time());
        let polled = match &mut self.code {
            Some(code) => self.wakeup.poll(code.as_mut()),
            None => Poll::Pending,
        };
        while let Some(request) = self.shared.next_request() {
            let begun = self.host.begin(request);
            // A future that was dropped before the adapter looked, as the loser of a `select!`, leaves no trace.
            if !begun.waiting.is_over() {
                self.held.push_back(begun);
            }
        }
        self.release();
        if let Some(progress) = self.shared.take_progress() {
            self.host.show(progress);
        }
        polled
    }

    /// Sends what was asked for, as much as one task can carry; the rest waits for the next, which comes when anything
    /// that was sent is answered. By size alone, so that replay does the same.
    fn release(&mut self) {
        let task = self.host.task();
        if self.sent.0 != task {
            self.sent = (task, 0);
        }
        while let Some(next) = self.held.front() {
            let sent = self.sent.1 + next.bytes;
            if sent > MAX_PAYLOADS_PER_TASK && !self.open.is_empty() {
                break;
            }
            self.sent.1 = sent;
            self.open.extend(self.held.pop_front());
        }
    }

    /// Polls what is open; says whether anything was delivered.
    fn deliver(&mut self, cx: &mut Context<'_>) -> bool {
        // An answer wakes the code that waits for it, and that wake is the code's own.
        let _inside = Inside::enter();
        self.held.retain(|held| !held.waiting.is_over());
        let before = self.open.len();
        for mut begun in std::mem::take(&mut self.open) {
            if begun.waiting.is_over() {
                (begun.cancel)();
                self.abandoned.push(begun.work);
            } else if begun.work.poll_unpin(cx).is_pending() {
                self.open.push(begun);
            }
        }
        self.abandoned.retain_mut(|work| work.poll_unpin(cx).is_pending());
        self.open.len() < before
    }

    /// Drops the code, so that its destructors run, and cancels what it was waiting for.
    fn stop(&mut self, cx: &mut Context<'_>) {
        // A destructor may wake what else the code was waiting for.
        let inside = Inside::enter();
        self.code = None;
        drop(inside);
        self.deliver(cx);
    }
}

impl<H: Host + Unpin, T> Future for Adapter<H, T> {
    type Output = Ended<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<T>> {
        self.wakeup.forward_to(cx.waker());
        if self.host.is_cancelled() {
            self.stop(cx);
            return Poll::Ready(Ended::Cancelled);
        }
        loop {
            if let Poll::Ready(value) = self.advance() {
                self.stop(cx);
                return Poll::Ready(Ended::Returned(value));
            }
            let delivered = self.deliver(cx);
            if !delivered && !self.wakeup.take() {
                break;
            }
        }
        if self.open.is_empty() {
            self.host.fail_task(STALLED.to_owned());
        }
        Poll::Pending
    }
}

const STALLED: &str = "this workflow waits for something that is not part of it, or for a future that has already \
    given its answer, so nothing will ever wake it; a workflow may await only agents, tools, `workflow::sleep`, `workflow::signal` and futures made of those: \
    move timers, sockets, channels and spawned tasks into a tool";

/// The waker of a workflow's code.
#[derive(Default)]
struct Wakeup {
    woken: AtomicBool,
    sdk: Mutex<Option<Waker>>,
}

thread_local! {
    /// Whether this thread polls a workflow's code or delivers to it: wakes from there are the code's own.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

impl Wakeup {
    fn poll<T>(self: &Arc<Self>, code: Pin<&mut (dyn Future<Output = T> + Send)>) -> Poll<T> {
        let waker = Waker::from(Arc::clone(self));
        let _inside = Inside::enter();
        code.poll(&mut Context::from_waker(&waker))
    }

    fn take(&self) -> bool {
        self.woken.swap(false, Ordering::Relaxed)
    }

    fn forward_to(&self, sdk: &Waker) {
        let mut slot = self.sdk.lock().unwrap_or_else(PoisonError::into_inner);
        if !slot.as_ref().is_some_and(|known| known.will_wake(sdk)) {
            *slot = Some(sdk.clone());
        }
    }
}

impl Wake for Wakeup {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Relaxed);
        if INSIDE.get() {
            return;
        }
        // From elsewhere: the SDK must hear of it, so that its own detection of foreign wakes keeps working.
        let sdk = self.sdk.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(sdk) = sdk {
            sdk.wake();
        }
    }
}

/// Marks this thread as being inside; nests, and ends with its scope even when the code panics.
struct Inside(bool);

impl Inside {
    fn enter() -> Self {
        Self(INSIDE.replace(true))
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        INSIDE.set(self.0);
    }
}
