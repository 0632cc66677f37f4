//! The limits that are set: how many requests and tokens go to a provider within any minute.

use super::{Load, ON_THE_WAY};
use crate::model::{ModelError, ModelErrorClass};
use std::{collections::VecDeque, time::Duration};
use tokio::time::Instant;

/// A minute, and the time a request may be on its way: what was sent first may be counted late.
const WINDOW: Duration = Duration::from_secs(60 + ON_THE_WAY.as_secs());

/// How much a provider is asked in a minute, as its user has set it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) requests: Option<u32>,
    pub(crate) tokens: Option<u32>,
}

impl Limits {
    /// # Errors
    ///
    /// When nothing could ever be sent, or when nothing would be held back: `is_custom` says that the model is one's own,
    /// which is not asked over HTTP.
    pub(crate) fn check(self, is_custom: bool) -> Result<(), ModelError> {
        let unusable = |reason: &str| Err(ModelError::new(ModelErrorClass::Configuration, reason));
        match self {
            Self { requests: Some(0), .. } => {
                unusable("its `requests_per_minute` is 0, so it could never be asked; set 1 or more, or leave it out")
            }
            Self { tokens: Some(0), .. } => {
                unusable("its `tokens_per_minute` is 0, so it could never be asked; set 1 or more, or leave it out")
            }
            Self { requests: None, tokens: None } => Ok(()),
            _ if is_custom => {
                unusable("limits a minute are kept for servers, and a model of your own is none; leave them out")
            }
            _ => Ok(()),
        }
    }
}

/// What was sent within the last window, as far as there are limits for it.
#[derive(Default)]
pub(super) struct Windows {
    limits: Limits,
    sent: VecDeque<Sent>,
    /// The tokens of all in `sent`.
    tokens: u64,
}

struct Sent {
    id: u64,
    at: Instant,
    tokens: u64,
}

impl Windows {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    pub(super) fn counts_tokens(&self) -> bool {
        self.limits.tokens.is_some()
    }

    /// Notes what is sent now.
    pub(super) fn note(&mut self, id: u64, tokens: u64, now: Instant) {
        if self.limits != Limits::default() {
            self.sent.push_back(Sent { id, at: now, tokens });
            self.tokens = self.tokens.saturating_add(tokens);
        }
    }

    /// Sets the tokens of what was sent as `id`, now that they are known.
    pub(super) fn correct(&mut self, id: u64, tokens: u64) {
        let found = self.sent.binary_search_by_key(&id, |sent| sent.id).ok();
        if let Some(sent) = found.and_then(|index| self.sent.get_mut(index)) {
            self.tokens = self.tokens.saturating_sub(sent.tokens).saturating_add(tokens);
            sent.tokens = tokens;
        }
    }

    /// When a call of so many tokens fits, after all that is ahead of it.
    pub(super) fn ready(&mut self, tokens: u64, ahead: Load, now: Instant) -> Instant {
        while let Some(sent) = self.sent.front().filter(|sent| sent.at + WINDOW <= now) {
            self.tokens = self.tokens.saturating_sub(sent.tokens);
            self.sent.pop_front();
        }
        let Limits { requests, tokens: of_tokens } = self.limits;
        let by_requests = requests.map_or(now, |limit| self.room_for_request(limit.into(), ahead.requests, now));
        by_requests.max(of_tokens.map_or(now, |limit| self.room_for_tokens(limit.into(), tokens, ahead.tokens, now)))
    }

    fn room_for_request(&self, limit: u64, ahead: u64, now: Instant) -> Instant {
        // A limit's worth of others goes in one window.
        let (windows, ahead) = (ahead / limit, ahead % limit);
        let must_leave = (self.sent.len() as u64 + ahead + 1).saturating_sub(limit);
        let last = must_leave.checked_sub(1).and_then(|index| self.sent.get(usize::try_from(index).ok()?));
        later(last.map_or(now, |last| last.at + WINDOW), windows)
    }

    fn room_for_tokens(&self, limit: u64, tokens: u64, ahead: u64, now: Instant) -> Instant {
        // One that is larger than the whole limit has a window for itself.
        let tokens = tokens.min(limit);
        let mut must_leave = self.tokens.saturating_add(ahead).saturating_add(tokens).saturating_sub(limit);
        let mut ready = now;
        for sent in &self.sent {
            if must_leave == 0 {
                return ready;
            }
            must_leave = must_leave.saturating_sub(sent.tokens);
            ready = sent.at + WINDOW;
        }
        later(ready, must_leave.div_ceil(limit))
    }
}

fn later(instant: Instant, windows: u64) -> Instant {
    instant + WINDOW * u32::try_from(windows).unwrap_or(u32::MAX)
}
