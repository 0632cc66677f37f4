//! One model of a provider: which of its requests are in flight, and what their answers have told of its limits.

use super::{
    Load, ON_THE_WAY,
    gauge::{Gauge, Need},
    headers::{Said, Told},
};
use std::{collections::BTreeMap, sync::Arc};
use tokio::{sync::Mutex, time::Instant};

#[derive(Default)]
pub(super) struct Lane {
    /// Whoever holds it is the next.
    pub(super) gate: Arc<Mutex<()>>,
    /// In the order they were sent. Those whose answer has told what is left are none any more.
    flights: BTreeMap<u64, Flight>,
    requests: Option<Gauge>,
    tokens: Option<Gauge>,
    /// Nobody is sent before; the provider has asked for it.
    blocked: Option<Instant>,
}

#[derive(Clone, Copy)]
struct Flight {
    sent: Instant,
    tokens: u64,
}

impl Flight {
    /// Whether it may have been counted only after the answer that `gauge` is from.
    fn is_unseen(&self, gauge: &Gauge) -> bool {
        self.sent + ON_THE_WAY > gauge.sent
    }
}

impl Lane {
    /// When a call of so many tokens may be sent, after all that is ahead of it.
    pub(super) fn ready(&self, tokens: u64, ahead: Load, now: Instant) -> Instant {
        let is_alone = self.flights.is_empty() && ahead == Load::default();
        let by_requests = self.requests.map_or(now, |gauge| {
            let unseen = self.unseen(&gauge).requests;
            gauge.ready(Need { own: 1, ahead: ahead.requests, unseen, is_alone }, now)
        });
        let by_requests = by_requests.max(self.blocked.unwrap_or(now));
        by_requests.max(self.tokens.map_or(now, |gauge| {
            let unseen = self.unseen(&gauge).tokens;
            gauge.ready(Need { own: tokens, ahead: ahead.tokens, unseen, is_alone }, now)
        }))
    }

    fn unseen(&self, gauge: &Gauge) -> Load {
        let mut unseen = Load::default();
        for flight in self.flights.values().rev().take_while(|flight| flight.is_unseen(gauge)) {
            unseen += flight.tokens;
        }
        unseen
    }

    /// Lets nobody through before.
    pub(super) fn block(&mut self, until: Instant) {
        self.blocked = self.blocked.max(Some(until));
    }

    pub(super) fn sends(&mut self, id: u64, tokens: u64, now: Instant) {
        self.flights.insert(id, Flight { sent: now, tokens });
    }

    /// Takes in what the answer to the request `id` has told.
    pub(super) fn learns(&mut self, id: u64, told: &Told, now: Instant) {
        let Some(flight) = self.flights.remove(&id) else { return };
        take_in(&mut self.requests, told.requests, flight, 1, now);
        take_in(&mut self.tokens, told.tokens, flight, flight.tokens, now);
    }

    /// The request `id` is over.
    pub(super) fn ends(&mut self, id: u64, now: Instant) {
        self.learns(id, &Told::default(), now);
    }

    /// Whether anything would be lost if it were forgotten.
    pub(super) fn is_needed(&self, now: Instant) -> bool {
        let waits = Arc::strong_count(&self.gate) > 1;
        waits
            || self.blocked.is_some_and(|until| until > now)
            || !self.flights.is_empty()
            || [self.requests, self.tokens].iter().flatten().any(|gauge| !gauge.is_over(now))
    }
}

fn take_in(known: &mut Option<Gauge>, said: Option<Said>, flight: Flight, spent: u64, now: Instant) {
    let new = said.map(|said| Gauge::new(said, flight.sent, now));
    *known = match (*known, new) {
        (Some(old), Some(new)) if !old.gives_way_to(&new, now) => Some(old),
        (Some(old), None) if flight.is_unseen(&old) => old.less(spent, now),
        (old, new) => new.or(old),
    };
}
