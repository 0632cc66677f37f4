//! How fast a provider is asked: calls wait on the worker for their turn, so that its limits are used and not hit.
//!
//! Limits come from two sides. Those that are set hold for all calls of a provider (`windows.rs`). Those that its answers tell
//! of hold for one model each, as providers count (`lane.rs`, `gauge.rs`). Whoever has to wait queues twice: first with
//! the calls of the same model, then, once that model would answer, with all that wait for the limits that are set. So
//! a model that is used up holds back no other, and each queue is first come, first served.

mod gauge;
mod headers;
mod lane;
mod pass;
mod size;
#[cfg(test)]
mod tests;
mod windows;

pub(crate) use pass::Pass;
pub(crate) use windows::Limits;

use super::ModelError;
use lane::Lane;
use pass::Place;
use std::{
    collections::BTreeMap,
    fmt,
    ops::AddAssign,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};
use windows::Windows;

const MINUTE: Duration = Duration::from_mins(1);

/// How long a request may be on its way before its provider counts it: of two that are sent within that time, either may
/// be counted first. The first of many opens connections, which takes some tenths of a second.
const ON_THE_WAY: Duration = Duration::from_secs(1);

/// The longest a call waits on a worker, a whole window of the limits that are set. A call is an activity with a time
/// limit, in a slot that another could have; whoever has a minute's worth of calls before it waits better at the
/// Temporal server, which tries again after the wait it is told.
const LONGEST_WAIT: Duration = Duration::from_secs(61);

/// Of how many models more is kept than must be.
const MODELS: usize = 32;

/// What one provider is asked, and may be; shared by all clones of its client.
#[derive(Default)]
pub(crate) struct Pace {
    state: Mutex<State>,
    /// The turn at the limits that are set.
    turn: tokio::sync::Mutex<()>,
    /// Told when there may be room sooner than it seemed.
    changed: Notify,
}

#[derive(Default)]
struct State {
    windows: Windows,
    lanes: BTreeMap<Arc<str>, Lane>,
    /// Those that wait, in the order they came.
    queue: BTreeMap<u64, Waiting>,
    last_id: u64,
}

/// A call as far as limits are concerned.
#[derive(Clone)]
struct Call {
    model: Arc<str>,
    tokens: u64,
}

struct Waiting {
    call: Call,
    /// Whether it is past the queue of its model.
    at_limits: bool,
}

/// What some calls take together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Load {
    requests: u64,
    tokens: u64,
}

impl AddAssign<u64> for Load {
    /// One more request, of so many tokens.
    fn add_assign(&mut self, tokens: u64) {
        self.requests += 1;
        self.tokens = self.tokens.saturating_add(tokens);
    }
}

/// What is sent before a call: at its model, and of the limits that are set.
#[derive(Default)]
struct Ahead {
    at_model: Load,
    at_limits: Load,
}

impl Pace {
    pub(crate) fn new(limits: Limits) -> Self {
        let state = State { windows: Windows::new(limits), ..State::default() };
        Self { state: Mutex::new(state), ..Self::default() }
    }

    /// Waits until the request with this `body` may be sent to `host`. The pass is held for as long as the call lasts.
    ///
    /// # Errors
    ///
    /// When the wait would be too long: with the wait, and of the class that another try after it mends.
    pub(crate) async fn admit(self: &Arc<Self>, host: &str, body: &[u8]) -> Result<Pass, ModelError> {
        let call = Call { model: size::model(body).into(), tokens: size::tokens(body) };
        self.wait_for(&call).await.map_err(|wait| held_back(host, wait))
    }

    async fn wait_for(self: &Arc<Self>, call: &Call) -> Result<Pass, Duration> {
        let now = Instant::now();
        let place = {
            let mut state = self.state();
            let ahead = state.ahead(call, u64::MAX);
            let ready = state.ready(call, &ahead, now);
            if ready <= now && ahead.at_model.requests + ahead.at_limits.requests == 0 {
                return Ok(self.send(&mut state, call, now));
            }
            let wait = ready - now;
            if wait > LONGEST_WAIT {
                return Err(wait);
            }
            Place::take(self, &mut state, call)
        };
        // Those whose turn comes with the last moment take it one after the other.
        let deadline = now + LONGEST_WAIT + ON_THE_WAY;
        timeout_at(deadline, self.queue(&place, call)).await.unwrap_or_else(|_| {
            let (mut state, now) = (self.state(), Instant::now());
            let ahead = state.ahead(call, place.id);
            Err((state.ready(call, &ahead, now) - now).max(ON_THE_WAY))
        })
    }

    async fn queue(self: &Arc<Self>, place: &Place<'_>, call: &Call) -> Result<Pass, Duration> {
        let _first_of_model = place.gate.lock().await;
        let mut turn = None;
        loop {
            // Before anything is looked at, so that nothing changes unnoticed.
            let mut changed = pin!(self.changed.notified());
            changed.as_mut().enable();
            let now = Instant::now();
            let ready = {
                let mut state = self.state();
                let at_model = state.ready_at_model(call, Load::default(), now);
                // Whoever waits for its model stands in nobody's way.
                let is_ready = at_model <= now;
                if !is_ready {
                    turn = None;
                }
                if let Some(waiting) = state.queue.get_mut(&place.id) {
                    waiting.at_limits = is_ready;
                }
                match &turn {
                    None => at_model,
                    Some(_) => match state.ready_at_limits(call, Load::default(), now) {
                        ready if ready <= now => return Ok(self.send(&mut state, call, now)),
                        ready => ready,
                    },
                }
            };
            if ready <= now {
                turn = Some(self.turn.lock().await);
            } else if ready - now > LONGEST_WAIT {
                return Err(ready - now);
            } else {
                let _ = timeout_at(ready, changed).await;
            }
        }
    }

    fn send(self: &Arc<Self>, state: &mut State, call: &Call, now: Instant) -> Pass {
        let id = state.next_id();
        state.windows.note(id, call.tokens, now);
        state.lane(&call.model, now).sends(id, call.tokens, now);
        Pass { pace: Arc::clone(self), model: Arc::clone(&call.model), id }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// When `call` may be sent if those ahead are sent as soon as they may.
    fn ready(&mut self, call: &Call, ahead: &Ahead, now: Instant) -> Instant {
        let at_model = self.ready_at_model(call, ahead.at_model, now);
        at_model.max(self.ready_at_limits(call, ahead.at_limits, now)).max(now)
    }

    fn ready_at_model(&self, call: &Call, ahead: Load, now: Instant) -> Instant {
        self.lanes.get(&call.model).map_or(now, |lane| lane.ready(call.tokens, ahead, now))
    }

    fn ready_at_limits(&mut self, call: &Call, ahead: Load, now: Instant) -> Instant {
        self.windows.ready(call.tokens, ahead, now)
    }

    /// What waits before the place `id`. Calls that wait for another model count only once that has room.
    fn ahead(&self, call: &Call, id: u64) -> Ahead {
        let mut ahead = Ahead::default();
        for waiting in self.queue.range(..id).map(|(_, waiting)| waiting) {
            let is_same = waiting.call.model == call.model;
            if is_same {
                ahead.at_model += waiting.call.tokens;
            }
            if is_same || waiting.at_limits {
                ahead.at_limits += waiting.call.tokens;
            }
        }
        ahead
    }

    fn lane(&mut self, model: &Arc<str>, now: Instant) -> &mut Lane {
        if self.lanes.len() > MODELS && !self.lanes.contains_key(model) {
            self.lanes.retain(|_, lane| lane.is_needed(now));
        }
        self.lanes.entry(Arc::clone(model)).or_default()
    }

    fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pace")
    }
}

fn held_back(host: &str, wait: Duration) -> ModelError {
    let seconds = wait.as_secs_f64().ceil();
    let message = format!(
        "not sent: this worker keeps within the limits of `{host}`, and there is room for the call in {seconds} s"
    );
    ModelError::held_back(wait, message)
}
