//! What an answer has told about one limit, and what follows from it later.

use super::{LONGEST_WAIT, MINUTE, ON_THE_WAY, headers::Said};
use std::time::Duration;
use tokio::time::Instant;

/// One limit of a provider, as an answer told of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauge {
    limit: Option<u64>,
    remaining: u64,
    /// When the request was sent that this is the answer to. What was sent before is counted in it.
    pub(super) sent: Instant,
    told: Instant,
    resets: Instant,
}

/// What a call needs of a limit.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    pub(super) own: u64,
    /// What waits before it.
    pub(super) ahead: u64,
    /// What is in flight and not counted yet.
    pub(super) unseen: u64,
    /// Whether nothing at all is in flight, and nothing ahead.
    pub(super) is_alone: bool,
}

impl Gauge {
    pub(super) fn new(said: Said, sent: Instant, now: Instant) -> Self {
        // Without a time, what was told is soon worth nothing.
        let resets = now + said.reset.unwrap_or(ON_THE_WAY);
        let limit = said.limit.filter(|_| said.reset.is_some());
        Self { limit, remaining: said.remaining, sent, told: now, resets }
    }

    /// When what is needed is there, as far as this tells.
    pub(super) fn ready(&self, need: Need, now: Instant) -> Instant {
        let available = self.available(now);
        let wanted = need.own.saturating_add(need.ahead);
        let total = wanted.saturating_add(need.unseen);
        if total <= available {
            return now;
        }
        // Either the answers to those in flight decide, or the provider does, about one request at a time.
        if self.is_over(now) || self.limit.is_some_and(|limit| need.own > limit) {
            return if need.is_alone { now } else { now + ON_THE_WAY };
        }
        let Some(limit) = self.limit else { return self.resets };
        if self.is_gradual() {
            let missing = limit.saturating_sub(self.remaining).max(1);
            return self.told + share(self.resets - self.told, total - self.remaining, missing);
        }
        // What comes after the reset has again a limit, of a minute most probably. What is in flight need not be counted.
        let minutes = if need.ahead == 0 { 0 } else { wanted.saturating_sub(available + 1) / limit };
        self.resets + MINUTE * u32::try_from(minutes).unwrap_or(u32::MAX)
    }

    fn available(&self, now: Instant) -> u64 {
        match self.limit {
            Some(limit) if self.is_over(now) => limit,
            // Nobody knows how many it is now.
            None if self.is_over(now) => self.remaining.max(1),
            Some(limit) if self.is_gradual() => {
                let filled = share_of(limit.saturating_sub(self.remaining), now - self.told, self.resets - self.told);
                self.remaining.saturating_add(filled)
            }
            _ => self.remaining,
        }
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.resets <= now
    }

    /// Whether it fills up little by little. A reset that is hours away is that of a limit a day, and there the providers
    /// that tell of one (OpenAI, Groq) mean the time until all of it is there again. Of shorter ones it is not known whether
    /// anything comes before, and the wait for all is short.
    fn is_gradual(&self) -> bool {
        self.limit.is_some() && self.resets - self.told > LONGEST_WAIT
    }

    /// Whether `new` is to be believed rather than this: it answers a later request, or one of the same time, which was
    /// counted later.
    pub(super) fn gives_way_to(&self, new: &Self, now: Instant) -> bool {
        let is_older = new.sent + ON_THE_WAY <= self.sent;
        let is_newer = self.sent + ON_THE_WAY <= new.sent;
        self.is_over(now) || is_newer || (!is_older && new.remaining <= self.remaining)
    }

    /// The same after a request that has ended, and nobody said what is left; none if that is anybody's guess.
    pub(super) fn less(self, spent: u64, now: Instant) -> Option<Self> {
        let was = match self.limit {
            _ if !self.is_over(now) => self,
            Some(limit) => Self { remaining: limit, sent: now, told: now, resets: now + MINUTE, ..self },
            None => return None,
        };
        Some(Self { remaining: was.remaining.saturating_sub(spent), ..was })
    }
}

/// The time that `part` of `whole` takes.
fn share(time: Duration, part: u64, whole: u64) -> Duration {
    let nanos = time.as_nanos().saturating_mul(part.into()) / u128::from(whole);
    // Some hundred years, at the most.
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

/// How much of `whole` there is after `elapsed` of `time`.
fn share_of(whole: u64, elapsed: Duration, time: Duration) -> u64 {
    let part = u128::from(whole).saturating_mul(elapsed.as_nanos()) / time.as_nanos().max(1);
    u64::try_from(part).unwrap_or(u64::MAX)
}
