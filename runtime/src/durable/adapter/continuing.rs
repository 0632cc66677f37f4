//! Where a workflow goes on as a new run: when it is time, what is left behind, and how the next run catches up.

use super::{Adapter, Begun, Carrying, Ended, Host, wakeup::Inside};
use crate::{
    durable::{
        desk::{Request, What},
        journal::{Moment, Past},
        limits::{MAX_CARRIED, MAX_EVENTS, MAX_RECORDED, MOMENT},
    },
    effects::{Anew, Boundary, Effects as _, Entered, SoFar},
};
use std::{collections::BTreeMap, sync::Arc, task::Poll, time::SystemTime};

/// What the code has come to when it was told everything.
pub(super) struct Told<T> {
    polled: Poll<T>,
    /// What it waits for, by number.
    waiting: BTreeMap<u64, Request>,
    /// Waits for the state to change; nothing ever comes of them.
    standing: Vec<Request>,
}

impl<H: Host, T> Adapter<H, T> {
    /// Tells the code what it was told before, until it waits for what is still to come.
    pub(super) fn catch_up(&mut self, mut past: Past) -> Result<Poll<T>, String> {
        let inside = Inside::enter();
        // What arrives while this run starts comes after what the earlier ones were told, or left.
        let news = self.shared.inbox.hold_back();
        if past.is_anew {
            let left = past.moments.into_iter().flat_map(|moment| moment.arrived);
            left.chain(news).for_each(|arrival| self.shared.inbox.put(arrival));
            return Ok(Poll::Pending);
        }
        let Told { polled, waiting, standing } = self.tell(std::mem::take(&mut past.moments))?;
        self.shared.desk.journal().has_caught_up();
        for arrival in news {
            self.shared.inbox.put(arrival);
        }
        for request in standing {
            self.begin(request);
        }
        self.resume(waiting, past);
        drop(inside);
        Ok(polled)
    }

    /// Tells the code the same, moment by moment.
    pub(super) fn tell(&mut self, moments: Vec<Moment>) -> Result<Told<T>, String> {
        let desk = Arc::clone(&self.shared.desk);
        let (mut waiting, mut standing) = (BTreeMap::<u64, Request>::new(), Vec::new());
        let mut polled = Poll::Pending;
        for moment in moments {
            self.shared.set_time(SystemTime::UNIX_EPOCH + moment.at);
            if moment.is_long {
                self.shared.set_should_start_over(true);
            }
            for arrival in moment.arrived {
                self.shared.inbox.repeat(arrival);
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
                if let Some(offence) = self.shared.take_offence() {
                    return Err(offence);
                }
                while let Some(request) = desk.next_request() {
                    match request.number {
                        Some(number) => drop(waiting.insert(number, request)),
                        None if matches!(request.what, What::State(_) | What::StartOver(..)) => standing.push(request),
                        None => return Err(changed(0)),
                    }
                }
                if !self.wakeup.take() {
                    break;
                }
            }
            if desk.journal().is_expecting() {
                return Err(changed(0));
            }
        }
        Ok(Told { polled, waiting, standing })
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
                    let left = |end: &SystemTime| end.duration_since(now).unwrap_or_default().max(MOMENT);
                    let left = past.deadlines.get(&number).map(left);
                    What::Sleep(left.unwrap_or(whole), reply)
                }
                what => what,
            };
            self.begin(Request { number: Some(number), what });
        }
        self.release();
    }

    /// Whether it is time to go on as a new run: when the server says so, and the copy that a new run begins with is
    /// small, or no more than what this one has added; or when there is no room for another.
    pub(super) fn has_enough(&self) -> bool {
        let suggested = self.host.is_continuing_suggested() && self.recorded + MAX_CARRIED >= self.begun_with;
        // Code that is about to go on by itself needs no help.
        suggested && self.anew().is_none() || self.has_too_much()
    }

    /// Whether the workflow is about to go on as a new run.
    pub(super) fn is_continuing(&self) -> bool {
        self.has_had_enough || self.starts_over()
    }

    /// Whether the code itself has asked for a new run.
    fn starts_over(&self) -> bool {
        self.begins_anew() || self.open.iter().any(|begun| matches!(begun.carrying, Carrying::StartOver(_)))
    }

    /// Whether the code has asked for a new run that knows nothing of this one, and has done everything else.
    pub(super) fn begins_anew(&self) -> bool {
        self.anew() == Some(true)
    }

    /// Whether a new run that the code has asked for can begin, if it has asked for one.
    fn anew(&self) -> Option<bool> {
        self.open.iter().find_map(|begun| match &begun.carrying {
            Carrying::Anew(next) => Some(next.is_ready()),
            _ => None,
        })
    }

    /// Whether there is no room to wait for a better moment.
    fn has_too_much(&self) -> bool {
        self.host.events() >= MAX_EVENTS || self.begun_with + self.recorded >= MAX_RECORDED
    }

    /// Whether what can be left to a new run is not begun any more. While something else is going on anyway, it is begun:
    /// nothing waits for the slowest of all tools, unless the history is nearly full. And while a run has an answer that
    /// it does not know of, the code has to go on until it does.
    pub(super) fn parks(&self) -> bool {
        let quiet = || {
            let is_idle = self.held.iter().all(Begun::can_be_parked) && !self.open.iter().any(|begun| !begun.waits());
            is_idle && self.shared.updates.is_empty()
        };
        let handlers_work = self.anew() == Some(false);
        self.is_continuing()
            && self.can_be_left()
            && !self.shared.desk.has_unread()
            && (self.has_too_much() || !handlers_work && quiet())
    }

    /// Whether a new run would be the same workflow: other workflows are waited for by this one alone, and a cancellation
    /// that the code has not heard of is this one's too. Then it goes on in this history, full or not.
    fn can_be_left(&self) -> bool {
        let waits_for_others = self.open.iter().any(Begun::is_of_another) || self.host.running_children() > 0;
        !waits_for_others && (!self.host.is_cancelled() || self.shared.has_heard())
    }

    /// Whether a workflow that is to be cancelled can be dropped: nothing in it has heard of that, or is to be whole. What has
    /// asked for a new run never comes back, so a shield around that keeps nothing.
    pub(super) fn can_be_dropped(&self) -> bool {
        let waits_only = || self.held.is_empty() && self.open.iter().all(Begun::waits);
        self.shared.can_be_dropped() || !self.shared.has_heard() && self.begins_anew() && waits_only()
    }

    /// Begins after all what was parked, when it turns out that the code cannot be left here, or no longer wants to be; says
    /// whether there was anything.
    pub(super) fn unpark(&mut self) -> bool {
        if self.parked.is_empty() || self.is_continuing() && !self.shared.desk.has_unread() {
            return false;
        }
        self.held.extend(self.parked.drain(..));
        self.release();
        true
    }

    /// Whether nothing is open that a new run could not wait for in its turn.
    pub(super) fn can_continue(&self) -> bool {
        let idle = self.held.is_empty() && self.abandoned.is_empty() && self.open.iter().all(Begun::waits);
        // Whoever has sent an update is answered by the run that has accepted it.
        let answered = self.shared.updates.is_empty() || self.has_too_much() && !self.shared.updates.has_unsent();
        let handled = self.anew() != Some(false) || self.has_too_much();
        let noted = !self.shared.has_noted();
        idle && answered && noted && handled && self.can_be_left() && !self.shared.desk.has_unread()
    }

    /// What the new run has to know.
    pub(super) fn leave(&mut self) -> Ended<T> {
        // Whoever waits for what is left here is woken when it goes.
        let _inside = Inside::enter();
        let (now, news) = (self.host.time(), self.shared.inbox.take_unrecorded());
        let mut next = None;
        let (asked, moments) = {
            let mut journal = self.shared.desk.journal();
            (journal.first(), journal.close(now, news))
        };
        let mut past = Past {
            seed: self.shared.seed,
            moments,
            runs: BTreeMap::new(),
            deadlines: BTreeMap::new(),
            shown: self.shared.log.end(),
            patches: self.shared.patches.known(),
            state: None,
            asked,
            is_anew: false,
        };
        for begun in self.open.drain(..).chain(self.parked.drain(..)) {
            match begun.carrying {
                Carrying::Boundary(Boundary { run, progress }) => drop(past.runs.insert(run, progress)),
                Carrying::Waited(Some((number, end))) => drop(past.deadlines.insert(number, end)),
                Carrying::StartOver(state) => past.state = Some(state),
                Carrying::Anew(anew) if next.is_none() => next = Some(anew).filter(Anew::is_ready),
                Carrying::Waited(None)
                | Carrying::Deadline
                | Carrying::AskedAgain
                | Carrying::Finished
                | Carrying::Decided
                | Carrying::Child
                | Carrying::Anew(_) => {}
            }
        }
        if past.state.is_some() || next.is_some() {
            // It knows everything, so nothing has to be told again; and chance has not come round to its beginning.
            past.seed = self.shared.random();
            // Ids of children are made of them.
            past.asked = self.shared.desk.asked();
            past.is_anew = true;
            past.moments = vec![Moment::at(now, self.shared.inbox.leave())];
            past.runs.clear();
            past.deadlines.clear();
        }
        match next {
            Some(next) => Ended::Anew(next, Past { patches: BTreeMap::new(), ..past }),
            None => Ended::Continued(past),
        }
    }
}

fn changed(number: u64) -> String {
    format!(
        "its code does not do again what it did before it continued as new (step {number}); it was changed while the \
         workflow ran, or depends on something that is not the same every time"
    )
}
