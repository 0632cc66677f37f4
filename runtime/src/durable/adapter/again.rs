//! Whether a workflow's code does the same when it is run again: tried right away, in this process, and not first when a
//! worker has died.
//!
//! The journal has all that the code was told. So a second copy of it can be told the same, and has to ask for the same: the
//! same steps in the same order, with the same arguments. What it asks for is held against what the first has asked for, and
//! done nothing about. A run of an agent is one step.

use super::{Adapter, Begun, Decoy, Host, wakeup::Inside};
use crate::{
    durable::{desk::Request, effects::Shared, journal::Past, patches::Asks, schedule},
    effects::Noted,
};
use futures::future::BoxFuture;
use std::{rc::Rc, sync::Arc, task::Context, time::SystemTime};

/// A second copy of a workflow's code, not polled yet, and what it shares with whoever polls it.
pub(crate) type Again = (Arc<Shared>, BoxFuture<'static, ()>);

impl<H: Host, T> Adapter<H, T> {
    /// Runs the code again, when it is time to; says what it does otherwise. After twice as many moments each time, so that
    /// it costs no more than running the code twice.
    pub(super) fn differs(&mut self) -> Option<String> {
        let moments = self.shared.desk.journal().moments().len();
        if moments < self.run_again_at || self.is_continuing() || self.host.is_replaying() {
            return None;
        }
        self.run_again_at = moments * 2;
        self.differs_now()
    }

    /// The same now, whether or not it is time to.
    pub(super) fn differs_now(&self) -> Option<String> {
        let before = self.shared.desk.notes()?;
        let (asked, moments) = {
            let journal = self.shared.desk.journal();
            (journal.first(), journal.moments().to_vec())
        };
        let past = Past {
            seed: self.shared.seed,
            moments,
            runs: std::collections::BTreeMap::new(),
            deadlines: std::collections::BTreeMap::new(),
            shown: 0,
            patches: self.shared.patches.known(),
            state: self.host.began_with(),
            asked,
            is_anew: false,
        };
        let (shared, code) = self.host.again(&past)?;
        shared.desk.take_notes();
        // Whatever it wakes when it is dropped is its own.
        let _inside = Inside::enter();
        let mut copy = Adapter::new(Copied, Arc::clone(&shared), None, code);
        let told = copy.tell(past.moments);
        let now = shared.desk.notes().unwrap_or_default();
        let at = (0..before.len().max(now.len())).find(|&at| before.get(at) != now.get(at));
        match at {
            Some(at) => Some(format!(
                "its code does not do the same when it is run again: step {at} was {}, and is now {}{CAUSES}",
                before.get(at).map_or("nothing", String::as_str),
                now.get(at).map_or("nothing", String::as_str),
            )),
            None => told.err().map(|why| format!("{why}{CAUSES}")),
        }
    }
}

const CAUSES: &str = "; something in it is not the same each time, such as a clock, a random number, the order of a map, or a \
    static that changes: use `workflow::now`, `workflow::random` or `workflow::uuid`, or move it into a tool";

/// Who runs a copy: nobody.
struct Copied;

impl Host for Copied {
    fn time(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn is_replaying(&self) -> bool {
        true
    }

    fn events(&self) -> u32 {
        0
    }

    fn begin(&self, _: Request) -> Begun {
        schedule::nothing()
    }

    fn pause(&self) -> Begun {
        schedule::nothing()
    }

    fn show(&self, _: String) {}

    fn note(&self, _: Noted) {}

    fn running_children(&self) -> usize {
        0
    }

    fn poll_children(&self, _: &mut Context<'_>) {}

    fn is_continuing_suggested(&self) -> bool {
        false
    }

    fn is_cancelled(&self) -> bool {
        false
    }

    fn tell_updates(&self) {}

    fn asks(&self) -> Asks {
        Rc::new(|_, _| false)
    }

    fn mark(&self, _: Option<String>) {}

    fn again(&self, _: &Past) -> Option<Again> {
        None
    }

    fn decoy(&self) -> Option<&Decoy> {
        None
    }

    fn began_with(&self) -> Option<serde_json::Value> {
        None
    }

    fn fail_task(&self, _: String) {}
}
