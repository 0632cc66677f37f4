//! The adapter: polls a workflow's code, turns what it asks for into Temporal's futures, and delivers the answers.
//!
//! The code is polled with a waker of the adapter's own, because combinators such as `FuturesUnordered` wake from
//! inside, which the SDK would take for a wake from outside and refuse. And since the adapter knows every request,
//! it notices at once when the code waits for something that is none: a socket, a tokio timer, another thread.

use super::{
    effects::{Request, Shared, Waiting, What},
    journal::Past,
    limits::{MAX_EVENTS, MAX_PAYLOADS_PER_TASK, MAX_RECORDED},
};
use crate::effects::{self, Boundary, Entered, SoFar};
use futures::{
    FutureExt,
    future::{BoxFuture, LocalBoxFuture},
};
use std::{
    cell::Cell,
    collections::{BTreeMap, VecDeque},
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
    /// Whether the server says that the history is long enough.
    fn is_continuing_suggested(&self) -> bool;
    /// Whether somebody has asked to cancel the workflow.
    fn is_cancelled(&self) -> bool;
    /// Fails the current task with a message; the server will try it again.
    fn fail_task(&self, message: String);
}

/// A request that Temporal works on.
pub(crate) struct Begun {
    /// Ends when the answer has been delivered, and says how many bytes of payload that was.
    pub(crate) work: LocalBoxFuture<'static, usize>,
    /// What it sends, in bytes of payload, when it is first polled.
    pub(crate) bytes: usize,
    pub(crate) waiting: Waiting,
    pub(crate) carrying: Carrying,
    /// Cancels the work.
    pub(crate) cancel: Box<dyn Fn()>,
}

/// What becomes of a request when the workflow continues as new.
pub(crate) enum Carrying {
    /// Has to be over before.
    Finished,
    /// Is not begun any more; the new run asks for it again.
    AskedAgain,
    /// The same, and it is the boundary of a turn of an agent's run.
    Boundary(Boundary),
    /// May be waited for across runs: a signal, or until a point in time, by the number of the request.
    Waited(Option<(u64, SystemTime)>),
}

/// How a workflow's code ended.
pub(crate) enum Ended<T> {
    Returned(T),
    /// It goes on as a new run.
    Continued(Past),
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
    abandoned: Vec<LocalBoxFuture<'static, usize>>,
    /// What is not begun any more, because the workflow is about to continue as new.
    parked: Vec<Begun>,
    /// What this task sends already: its number, and bytes of payload.
    sent: (u32, usize),
    /// What an earlier run of the workflow has left, until the code has caught up with it.
    past: Option<Past>,
    /// Bytes of payload that this run was begun with, and that it has recorded since.
    begun_with: usize,
    recorded: usize,
    continuing: bool,
    wakeup: Arc<Wakeup>,
}

impl<H: Host, T> Adapter<H, T> {
    /// `past` is what an earlier run has left, and `begun_with` its size in bytes.
    pub(crate) fn new(
        host: H,
        shared: Arc<Shared>,
        (past, begun_with): (Option<Past>, usize),
        code: impl Future<Output = T> + Send + 'static,
    ) -> Self {
        let ambient: Arc<dyn effects::Effects> = Arc::<Shared>::clone(&shared);
        // Tokio's cooperative budget would make channels pretend to be empty, and there is no task here to yield to.
        let code = tokio::task::unconstrained(effects::within(ambient, code));
        Self {
            host,
            shared,
            code: Some(Box::pin(code)),
            held: VecDeque::new(),
            open: Vec::new(),
            parked: Vec::new(),
            sent: (0, 0),
            past,
            begun_with,
            recorded: 0,
            continuing: false,
            abandoned: Vec::new(),
            wakeup: Arc::default(),
        }
    }

    /// Polls the code once and begins what it asked for.
    fn advance(&mut self) -> Poll<T> {
        let now = self.host.time();
        self.shared.set_time(now);
        self.shared.desk.journal().begin_poll(now, self.shared.inbox.take_unrecorded());
        let polled = self.poll_code();
        self.shared.desk.journal().end_poll();
        while let Some(request) = self.shared.desk.next_request() {
            self.begin(request);
        }
        self.release();
        if let Some(progress) = self.shared.take_progress() {
            self.host.show(progress);
        }
        polled
    }

    fn poll_code(&mut self) -> Poll<T> {
        match &mut self.code {
            Some(code) => self.wakeup.poll(code.as_mut()),
            None => Poll::Pending,
        }
    }

    fn begin(&mut self, request: Request) {
        // A future that was dropped before the adapter looked, as the loser of a `select!`, leaves no trace.
        if !request.is_over() {
            self.held.push_back(self.host.begin(request));
        }
    }

    /// Sends what was asked for, as much as one task can carry; the rest waits for the next, which comes when anything
    /// that was sent is answered. By size alone, so that replay does the same.
    fn release(&mut self) {
        let task = self.host.task();
        if self.sent.0 != task {
            self.sent = (task, 0);
        }
        while let Some(next) = self.held.front() {
            if self.continuing && matches!(next.carrying, Carrying::AskedAgain | Carrying::Boundary(_)) {
                self.parked.extend(self.held.pop_front());
                continue;
            }
            let sent = self.sent.1 + next.bytes;
            if sent > MAX_PAYLOADS_PER_TASK && !self.open.is_empty() {
                break;
            }
            self.sent.1 = sent;
            self.recorded += next.bytes;
            self.open.extend(self.held.pop_front());
        }
    }

    /// Polls what is open; says whether anything was delivered.
    fn deliver(&mut self, cx: &mut Context<'_>) -> bool {
        // An answer wakes the code that waits for it, and that wake is the code's own.
        let _inside = Inside::enter();
        self.held.retain(|held| !held.waiting.is_over());
        self.parked.retain(|parked| !parked.waiting.is_over());
        let before = self.open.len();
        for mut begun in std::mem::take(&mut self.open) {
            if begun.waiting.is_over() {
                (begun.cancel)();
                self.abandoned.push(begun.work);
            } else {
                match begun.work.poll_unpin(cx) {
                    Poll::Ready(bytes) => self.recorded += bytes,
                    Poll::Pending => self.open.push(begun),
                }
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

/// Going on as a new run.
impl<H: Host, T> Adapter<H, T> {
    /// Tells the code what it was told before, moment by moment, until it waits for what is still to come.
    fn catch_up(&mut self, past: Past) -> Result<Poll<T>, String> {
        let inside = Inside::enter();
        let desk = Arc::clone(&self.shared.desk);
        // What arrives while this run starts comes after what the earlier ones were told.
        let news = self.shared.inbox.hold_back();
        let mut waiting: BTreeMap<u64, Request> = BTreeMap::new();
        let moments = desk.journal().moments().to_vec();
        let mut polled = Poll::Pending;
        for moment in moments {
            self.shared.set_time(SystemTime::UNIX_EPOCH + moment.at);
            for (name, value) in moment.arrived {
                self.shared.inbox.repeat(&name, value);
            }
            for (number, outcome) in moment.settled {
                let Some(request) = waiting.remove(&number) else {
                    desk.journal().expect_at_once(number, outcome);
                    continue;
                };
                if !request.repeat(outcome) {
                    return Err(changed(number));
                }
            }
            while polled.is_pending() {
                polled = self.poll_code();
                while let Some(request) = desk.next_request() {
                    let Some(number) = request.number else { return Err(changed(0)) };
                    waiting.insert(number, request);
                }
                if !self.wakeup.take() {
                    break;
                }
            }
            if desk.journal().is_expecting() {
                return Err(changed(0));
            }
        }
        desk.journal().has_caught_up();
        for (name, value) in news {
            self.shared.inbox.put(&name, value);
        }
        self.resume(waiting, past);
        drop(inside);
        Ok(polled)
    }

    /// Begins what the code still waits for.
    fn resume(&mut self, waiting: BTreeMap<u64, Request>, mut past: Past) {
        let now = self.host.time();
        for (number, request) in waiting {
            let what = match request.what {
                What::Run(reply) => {
                    let so_far = past.runs.remove(&number).map_or(SoFar::Nothing, |run| SoFar::Begun(Box::new(run)));
                    reply.send(Entered { number, so_far });
                    continue;
                }
                What::Sleep(whole, reply) => {
                    let left = past.deadlines.get(&number).map(|end| end.duration_since(now).unwrap_or_default());
                    What::Sleep(left.unwrap_or(whole), reply)
                }
                what => what,
            };
            self.begin(Request { number: Some(number), what });
        }
        self.release();
    }

    /// Whether it is time to go on as a new run: when the server says so, and the copy that a new run begins with is
    /// no more than what this one has added; or when there is no room for another.
    fn has_enough(&self) -> bool {
        let suggested = self.host.is_continuing_suggested() && self.recorded >= self.begun_with;
        suggested || self.host.task() >= MAX_EVENTS || self.begun_with + self.recorded >= MAX_RECORDED
    }

    /// Whether nothing is open that a new run could not wait for in its turn.
    fn can_continue(&self) -> bool {
        let waits = |begun: &Begun| matches!(begun.carrying, Carrying::Waited(_));
        self.held.is_empty() && self.abandoned.is_empty() && self.open.iter().all(waits)
    }

    /// What the new run has to know.
    fn leave(&mut self) -> Past {
        // Whoever waits for what is left here is woken when it goes.
        let _inside = Inside::enter();
        let mut past = Past {
            seed: self.shared.seed,
            moments: self.shared.desk.journal().close(self.host.time(), self.shared.inbox.take_unrecorded()),
            runs: BTreeMap::new(),
            deadlines: BTreeMap::new(),
        };
        for begun in self.open.drain(..).chain(self.parked.drain(..)) {
            match begun.carrying {
                Carrying::Boundary(Boundary { run, progress }) => drop(past.runs.insert(run, progress)),
                Carrying::Waited(Some((number, end))) => drop(past.deadlines.insert(number, end)),
                Carrying::Waited(None) | Carrying::AskedAgain | Carrying::Finished => {}
            }
        }
        past
    }
}

fn changed(number: u64) -> String {
    format!(
        "its code does not do again what it did before it continued as new (step {number}); it was changed while the \
         workflow ran, or depends on something that is not the same every time"
    )
}

impl<H: Host + Unpin, T> Future for Adapter<H, T> {
    type Output = Ended<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<T>> {
        self.wakeup.forward_to(cx.waker());
        if self.host.is_cancelled() {
            self.stop(cx);
            return Poll::Ready(Ended::Cancelled);
        }
        if let Some(past) = self.past.take() {
            match self.catch_up(past) {
                Ok(Poll::Pending) => {}
                Ok(Poll::Ready(value)) => return Poll::Ready(Ended::Returned(value)),
                Err(message) => {
                    self.host.fail_task(message);
                    return Poll::Pending;
                }
            }
        }
        loop {
            if let Poll::Ready(value) = self.advance() {
                self.stop(cx);
                return Poll::Ready(Ended::Returned(value));
            }
            self.continuing = self.continuing || self.has_enough();
            let delivered = self.deliver(cx);
            if !delivered && !self.wakeup.take() {
                break;
            }
        }
        if self.continuing && self.can_continue() {
            let past = self.leave();
            self.stop(cx);
            return Poll::Ready(Ended::Continued(past));
        }
        if self.open.is_empty() && self.parked.is_empty() {
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
