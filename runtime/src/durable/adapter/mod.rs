//! The adapter: polls a workflow's code, turns what it asks for into Temporal's futures, and delivers the answers.
//!
//! The code is polled with a waker of the adapter's own, because combinators such as `FuturesUnordered` wake from
//! inside, which the SDK would take for a wake from outside and refuse. And since the adapter knows every request,
//! it notices at once when the code waits for something that is none: a socket, a tokio timer, another thread.

mod again;
mod begun;
mod budget;
mod continuing;
mod decoy;
mod wakeup;

use super::{
    desk::Request,
    effects::Shared,
    inbox::Arrival,
    journal::Past,
    limits::MAX_OPEN,
    patches::{self, Asks},
};
use crate::effects::{self, Anew, Effects as _, Noted};
pub(crate) use again::Again;
pub(crate) use begun::{Begun, Carrying};
pub(crate) use decoy::Decoy;

use budget::Budget;
use futures::{
    FutureExt,
    future::{BoxFuture, LocalBoxFuture},
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::SystemTime,
};
use wakeup::{Inside, Wakeup};

/// What the adapter needs from the workflow's context.
pub(crate) trait Host {
    /// When the current task started.
    fn time(&self) -> SystemTime;
    /// Whether the current task stands in the history already.
    fn is_replaying(&self) -> bool;
    /// How many events the history had when the current task started.
    fn events(&self) -> u32;
    /// Begins what was asked for, when the work is first polled.
    fn begin(&self, request: Request) -> Begun;
    /// Begins a moment's wait, so that there is another task.
    fn pause(&self) -> Begun;
    /// Shows how far the workflow is.
    fn show(&self, progress: String);
    /// Notes on the workflow what its code says.
    fn note(&self, noted: Noted);
    /// Sees to the workflow's search attributes; `agent` is the one that has the word.
    fn mark(&self, agent: Option<String>);
    /// How many children were started that have not ended, and would not outlive this run.
    fn running_children(&self) -> usize;
    /// Looks which of them have.
    fn poll_children(&self, cx: &mut Context<'_>);
    /// Whether the server says that the history is long enough.
    fn is_continuing_suggested(&self) -> bool;
    /// Whether somebody has asked to cancel the workflow.
    fn is_cancelled(&self) -> bool;
    /// Has those looked at again who wait for the answer to an update.
    fn tell_updates(&self);
    /// How to ask for patches.
    fn asks(&self) -> Asks;
    /// What the code is to find around itself, where that is looked at.
    fn decoy(&self) -> Option<&Decoy>;
    /// Another copy of the code, to be told all this again; `None` where that is not looked for.
    fn again(&self, past: &Past) -> Option<Again>;
    /// What the code began with, if an earlier run has left it so.
    fn began_with(&self) -> Option<Value>;
    /// Fails the current task with a message; the server will try it again.
    fn fail_task(&self, message: String);
}

/// How a workflow's code ended.
pub(crate) enum Ended<T> {
    Returned(T),
    /// It goes on as a new run.
    Continued(Past),
    /// It goes on as a new run that is begun with an input of its own; of the past, it has what nobody has taken.
    Anew(Anew, Past),
    /// Cancelled: the code was dropped where it was, as any Rust future is.
    Cancelled,
}

/// A workflow's code on its way.
pub(crate) struct Adapter<H, T> {
    host: H,
    /// How the code asks for patches.
    asks: Asks,
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
    budget: Budget,
    /// What the code has returned, where the task is too full to say so.
    returned: Option<T>,
    /// Whether a moment's wait is among what is open.
    pausing: bool,
    /// What an earlier run of the workflow has left, until the code has caught up with it.
    past: Option<Past>,
    /// After how many moments the code is run again, to see whether it does the same.
    run_again_at: usize,
    /// Whether an earlier run has left more than the beginning of the code.
    has_told_much: bool,
    /// Bytes of payload that this run was begun with, and that it has recorded since.
    begun_with: usize,
    recorded: usize,
    /// Whether it is time to go on as a new run; then it stays so.
    has_had_enough: bool,
    wakeup: Arc<Wakeup>,
}

/// Nothing in it is pinned: the code is in a box of its own.
impl<H, T> Unpin for Adapter<H, T> {}

impl<H: Host, T> Adapter<H, T> {
    /// `past` is what an earlier run has left, and its size in bytes.
    pub(crate) fn new(
        host: H,
        shared: Arc<Shared>,
        past: Option<(Past, usize)>,
        code: impl Future<Output = T> + Send + 'static,
    ) -> Self {
        let ambient: Arc<dyn effects::Effects> = Arc::<Shared>::clone(&shared);
        // Tokio's cooperative budget would make channels pretend to be empty, and there is no task here to yield to.
        let code = tokio::task::unconstrained(effects::within(ambient, code));
        let has_told_much = past.as_ref().is_some_and(|(past, _)| past.is_long());
        let (past, begun_with) = past.unzip();
        Self {
            asks: host.asks(),
            host,
            shared,
            code: Some(Box::pin(code)),
            held: VecDeque::new(),
            open: Vec::new(),
            parked: Vec::new(),
            budget: Budget::default(),
            returned: None,
            pausing: false,
            past,
            run_again_at: 1,
            has_told_much,
            begun_with: begun_with.unwrap_or_default(),
            recorded: 0,
            has_had_enough: false,
            abandoned: Vec::new(),
            wakeup: Arc::default(),
        }
    }

    /// Polls the code once and begins what it asked for.
    fn advance(&mut self) -> Poll<T> {
        let now = self.host.time();
        self.shared.set_time(now);
        self.shared.set_replaying(self.host.is_replaying());
        let is_long = self.has_told_much || self.host.is_continuing_suggested();
        self.shared.set_should_start_over(is_long);
        let arrived = self.shared.inbox.take_unrecorded();
        self.recorded += arrived.iter().map(Arrival::size).sum::<usize>();
        for update in arrived.iter().filter(|arrival| arrival.is_update()) {
            // What is accepted is sent back with the acceptance.
            self.budget.send(update.size(), None);
        }
        self.shared.desk.journal().begin_poll(now, arrived, is_long);
        let polled = self.poll_code();
        self.shared.desk.journal().end_poll();
        while let Some(request) = self.shared.desk.next_request() {
            self.begin(request);
        }
        self.release();
        if let Some(progress) = self.shared.take_progress() {
            self.host.show(progress);
        }
        self.note();
        polled
    }

    /// Notes on the workflow what its code says, as much as the task can carry; the rest waits for the next.
    fn note(&mut self) {
        let (shared, budget) = (&self.shared, &mut self.budget);
        let noted = shared.take_noted(|bytes| {
            let has_room = budget.has_room(bytes, None);
            if has_room {
                budget.send(bytes, None);
            }
            has_room
        });
        if !noted.is_empty() {
            self.host.note(noted);
        }
        if self.shared.has_noted() {
            self.begin_pause();
        }
    }

    fn poll_code(&mut self) -> Poll<T> {
        let Some(code) = &mut self.code else { return Poll::Pending };
        let mut poll = || patches::asking(&self.asks, || self.wakeup.poll(code.as_mut()));
        match self.host.decoy() {
            None => poll(),
            Some(decoy) => decoy.watch(poll).unwrap_or_else(|offence| {
                self.shared.offend(offence.to_owned());
                Poll::Pending
            }),
        }
    }

    fn begin(&mut self, request: Request) {
        // A future that was dropped before the adapter looked, as the loser of a `select!`, leaves no trace.
        if !request.is_over() {
            self.held.push_back(self.host.begin(request));
        }
    }

    /// Sends what was asked for, as much as one task can carry; the rest waits for the next.
    fn release(&mut self) {
        let parks = self.parks();
        let mut calls = self.open.iter().filter(|begun| begun.is_sent()).count();
        let mut others = self.open.iter().filter(|begun| begun.is_of_another()).count() + self.host.running_children();
        // What waits and sends nothing is held up by nothing: a timer, a signal, a cancellation.
        let mut is_full = false;
        for next in std::mem::take(&mut self.held) {
            if parks && next.can_be_parked() {
                self.parked.push(next);
                continue;
            }
            if !next.waits() {
                is_full |= if next.is_of_another() { others >= MAX_OPEN } else { calls >= MAX_OPEN };
                if !is_full && !self.budget.has_room(next.bytes, next.local) {
                    if self.budget.next_has_room(next.bytes, next.local) {
                        self.pause();
                    }
                    is_full = true;
                }
                if is_full {
                    self.held.push_back(next);
                    continue;
                }
                calls += usize::from(next.is_sent());
                others += usize::from(next.is_of_another());
            }
            self.budget.send(next.bytes, next.local);
            self.recorded += next.bytes;
            self.open.push(next);
        }
    }

    /// Sees to it that there is another task, if none comes by itself with the answer to something that was sent.
    fn pause(&mut self) {
        if !self.open.iter().any(Begun::is_sent) {
            self.begin_pause();
        }
    }

    fn begin_pause(&mut self) {
        if !std::mem::replace(&mut self.pausing, true) {
            self.open.push(self.host.pause());
        }
    }

    /// Polls what is open; says whether anything was delivered.
    fn deliver(&mut self, cx: &mut Context<'_>) -> bool {
        // An answer wakes the code that waits for it, and that wake is the code's own.
        let _inside = Inside::enter();
        self.held.retain(|held| !held.waiting.is_over());
        self.parked.retain(|parked| !parked.waiting.is_over());
        let before = self.open.len();
        let mut another_task = false;
        // What the code itself asked for comes first, and then what agents' runs did: the journal knows no other order.
        self.open.sort_by_key(Begun::is_of_a_run);
        for mut begun in std::mem::take(&mut self.open) {
            if begun.waiting.is_over() {
                (begun.cancel)();
                self.budget.settle(begun.local, 0);
                self.abandoned.push(begun.work);
            } else {
                match begun.work.poll_unpin(cx) {
                    Poll::Ready(bytes) => {
                        self.recorded += bytes;
                        self.budget.settle(begun.local, bytes);
                        self.pausing &= !begun.is_pause;
                        another_task |= begun.local.is_none() && begun.was_pending;
                    }
                    Poll::Pending => {
                        begun.was_pending = true;
                        self.open.push(begun);
                    }
                }
            }
        }
        self.abandoned.retain_mut(|work| work.poll_unpin(cx).is_pending());
        self.host.poll_children(cx);
        if another_task {
            self.budget.turn_over();
        }
        self.open.len() < before
    }

    /// Sees to it that answers to updates are sent, as many as the task can carry; says whether a wait has begun for others.
    fn tell_updates(&mut self) -> bool {
        let (mut is_any, was_pausing) = (false, self.pausing);
        while let Some((number, bytes)) = self.shared.updates.next_answer() {
            if !self.budget.has_room(bytes, None) {
                // Whoever has sent it waits, and what is under way may last.
                self.begin_pause();
                break;
            }
            self.budget.send(bytes, None);
            self.shared.updates.let_go(number);
            is_any = true;
        }
        if is_any {
            self.host.tell_updates();
        }
        self.pausing && !was_pausing
    }

    /// Whether there is something to be sent that the task had no room for.
    fn has_unsent(&self) -> bool {
        self.shared.updates.has_unsent() || self.shared.has_noted()
    }

    /// Says what the code has returned, in a task that has room for it, and after the answers to updates.
    fn end(&mut self) -> Poll<Ended<T>> {
        self.tell_updates();
        self.note();
        if self.has_unsent() {
            return Poll::Pending;
        }
        if self.budget.is_heavy() {
            self.pause();
            return Poll::Pending;
        }
        self.returned.take().map_or(Poll::Pending, |value| Poll::Ready(Ended::Returned(value)))
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

impl<H, T> Drop for Adapter<H, T> {
    /// Whoever drops it in the middle waits for nothing any more.
    fn drop(&mut self) {
        let _inside = Inside::enter();
        for begun in &self.open {
            (begun.cancel)();
        }
    }
}

impl<H: Host, T> Future for Adapter<H, T> {
    type Output = Ended<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended<T>> {
        self.wakeup.forward_to(cx.waker());
        if self.returned.is_some() {
            self.deliver(cx);
            let ended = self.end();
            // It may wait for another task.
            self.deliver(cx);
            return ended;
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
            let polled = self.advance();
            let stalled = || self.wakeup.was_woken_from_outside().then(|| STALLED.to_owned());
            if let Some(offence) = self.shared.take_offence().or_else(stalled) {
                self.host.fail_task(offence);
                return Poll::Pending;
            }
            if let Poll::Ready(value) = polled {
                if !self.host.is_replaying()
                    && let Some(difference) = self.differs_now()
                {
                    self.host.fail_task(difference);
                    return Poll::Pending;
                }
                self.stop(cx);
                self.returned = Some(value);
                let ended = self.end();
                self.deliver(cx);
                return ended;
            }
            self.has_had_enough = self.has_had_enough || self.has_enough();
            // Before anything else comes, so that the code can be told all of it again in the same order.
            if self.wakeup.take() {
                continue;
            }
            let delivered = self.deliver(cx);
            if !delivered && !self.wakeup.take() && !self.unpark() && !self.tell_updates() {
                break;
            }
        }
        // After the code was told what came along, or it would not know what it has to undo.
        if self.host.is_cancelled() && self.can_be_dropped() {
            if self.has_unsent() {
                return Poll::Pending;
            }
            self.stop(cx);
            return Poll::Ready(Ended::Cancelled);
        }
        if let Some(difference) = self.differs() {
            self.host.fail_task(difference);
            return Poll::Pending;
        }
        self.host.mark(self.shared.agent());
        if self.is_continuing() && self.can_continue() {
            if self.budget.is_heavy() {
                self.pause();
                self.deliver(cx);
                return Poll::Pending;
            }
            if self.begins_anew()
                && !self.host.is_replaying()
                && let Some(difference) = self.differs_now()
            {
                self.host.fail_task(difference);
                return Poll::Pending;
            }
            let ended = self.leave();
            self.stop(cx);
            return Poll::Ready(ended);
        }
        if self.open.is_empty() && self.parked.is_empty() {
            self.host.fail_task(STALLED.to_owned());
        }
        Poll::Pending
    }
}

const STALLED: &str = "this workflow waits for something that is not part of it, or for a future that has already \
    given its answer: a replay would know nothing of it, and nothing may ever wake it; a workflow may await only agents, \
    tools, children, what is in `steadfast::workflow`, and futures made of those: move timers, sockets, channels and \
    spawned tasks into a tool";
