//! Many callers against a provider that counts: none is refused, and little of what it allows is left unused.

use super::{Class, body, refused};
use crate::model::pace::{Limits, Pace};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::time::{Instant, sleep};

const CALLERS: u64 = 50;
const MINUTE: Duration = Duration::from_mins(1);
const MINUTES: u32 = 20;

/// How a provider counts.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Counts {
    /// What came within the last minute.
    Sliding,
    /// What came since the minute began.
    Fixed,
    /// A bucket that is always being filled, as OpenAI, Groq and Anthropic have it.
    Bucket,
}

/// A limit of a simulated provider.
struct Limit {
    counts: Counts,
    most: u64,
    came: VecDeque<(Instant, u64)>,
    /// Of a bucket: what is in it, and since when.
    level: f64,
    since: Instant,
}

impl Limit {
    fn new(counts: Counts, most: u64) -> Self {
        Self { counts, most, came: VecDeque::new(), level: precisely(most), since: Instant::now() }
    }

    fn left(&mut self) -> u64 {
        let now = Instant::now();
        match self.counts {
            Counts::Sliding => self.came.retain(|(at, _)| *at + MINUTE > now),
            Counts::Fixed => {
                while self.since + MINUTE <= now {
                    self.since += MINUTE;
                    self.came.clear();
                }
            }
            Counts::Bucket => {
                let filled = precisely(self.most) * (now - self.since).as_secs_f64() / 60.0;
                self.level = (self.level + filled).min(precisely(self.most));
                self.since = now;
                return floor(self.level);
            }
        }
        self.most - self.came.iter().map(|(_, amount)| amount).sum::<u64>()
    }

    fn take(&mut self, amount: u64) {
        self.came.push_back((Instant::now(), amount));
        self.level -= precisely(amount);
    }

    /// How long until all of it is there.
    fn reset(&self) -> Duration {
        match self.counts {
            Counts::Sliding => self.came.back().map_or(Duration::ZERO, |(at, _)| *at + MINUTE - Instant::now()),
            Counts::Fixed => self.since + MINUTE - Instant::now(),
            Counts::Bucket => MINUTE.mul_f64(1.0 - self.level / precisely(self.most)),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits are small")]
fn precisely(amount: u64) -> f64 {
    amount as f64
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a bucket is never below nothing")]
fn floor(level: f64) -> u64 {
    level as u64
}

struct Provider {
    requests: Limit,
    tokens: Limit,
    tells: bool,
    served: u64,
    tokens_served: u64,
    refused: u64,
}

impl Provider {
    /// Counts a request; what it tells of its limits, and whether it serves it.
    fn take(&mut self, tokens: u64) -> (HeaderMap, bool) {
        let serves = self.requests.left() >= 1 && self.tokens.left() >= tokens;
        if serves {
            self.requests.take(1);
            self.tokens.take(tokens);
            self.served += 1;
            self.tokens_served += tokens;
        } else {
            self.refused += 1;
        }
        let mut headers = HeaderMap::new();
        for (name, limit) in [("requests", &mut self.requests), ("tokens", &mut self.tokens)] {
            let seconds = format!("{:.3}s", limit.reset().as_secs_f64() + 0.000_5);
            for (what, value) in
                [("limit", limit.most.to_string()), ("remaining", limit.left().to_string()), ("reset", seconds)]
            {
                let name = HeaderName::try_from(format!("x-ratelimit-{what}-{name}")).expect("a name");
                headers.insert(name, HeaderValue::try_from(value).expect("a value"));
            }
        }
        (if self.tells { headers } else { HeaderMap::new() }, serves)
    }
}

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn between(&mut self, least: u64, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        least + (self.0 >> 33) % (most - least + 1)
    }
}

struct Scene {
    provider: Mutex<Provider>,
    pace: Arc<Pace>,
    held_back: Mutex<u64>,
    ends: Instant,
}

impl Scene {
    fn provider(&self) -> MutexGuard<'_, Provider> {
        self.provider.lock().expect("not poisoned")
    }

    /// Asks without end; each call of a size of its own, on its way for a while, and answered after seconds.
    async fn call(&self, caller: u64, largest: u64, thinks: (u64, u64)) {
        let mut dice = Dice(caller);
        while Instant::now() < self.ends {
            let tokens = dice.between(largest / 10, largest);
            let body = body("m", usize::try_from(tokens).expect("it is small"));
            let pass = match self.pace.admit("models.example", &body).await {
                Ok(pass) => pass,
                Err(error) => {
                    assert_eq!(error.class, Class::RateLimited);
                    *self.held_back.lock().expect("not poisoned") += 1;
                    sleep(error.retry_after.expect("a wait")).await;
                    continue;
                }
            };
            sleep(Duration::from_millis(dice.between(5, 400))).await;
            if Instant::now() >= self.ends {
                return;
            }
            let (headers, serves) = self.provider().take(tokens);
            sleep(Duration::from_millis(if serves { dice.between(thinks.0, thinks.1) } else { 50 })).await;
            pass.heard(&headers);
            if serves {
                pass.answered(format!(r#"{{"usage": {{"input_tokens": {tokens}, "output_tokens": 0}}}}"#).as_bytes());
            } else {
                pass.failed(&refused(Some(Duration::from_secs(1))));
            }
        }
    }
}

/// Requests and tokens a minute, the largest call's tokens, and how many milliseconds an answer takes.
type Play = ((u32, u32), u64, (u64, u64));

/// Has all callers ask for some minutes. How many were refused, how many held back, and which share of the limit was used
/// that is the narrower one.
async fn play(counts: Counts, learns: bool, ((requests, tokens), largest, thinks): Play) -> (u64, u64, f64) {
    let limits = Limits { requests: Some(requests), tokens: Some(tokens) };
    let scene = Scene {
        provider: Mutex::new(Provider {
            requests: Limit::new(counts, requests.into()),
            tokens: Limit::new(counts, tokens.into()),
            tells: learns,
            served: 0,
            tokens_served: 0,
            refused: 0,
        }),
        pace: Arc::new(Pace::new(if learns { Limits::default() } else { limits })),
        held_back: Mutex::new(0),
        ends: Instant::now() + MINUTE * MINUTES,
    };
    futures::future::join_all((0..CALLERS).map(|caller| scene.call(caller, largest, thinks))).await;
    let provider = scene.provider();
    let share = |served, most: u32| precisely(served) / f64::from(most * MINUTES);
    let used = share(provider.served, requests).max(share(provider.tokens_served, tokens));
    let held_back = *scene.held_back.lock().expect("not poisoned");
    (provider.refused, held_back, used)
}

/// Requests are the narrower limit, tokens are, all is quick, all is slow.
const SCENES: [Play; 4] = [
    ((120, 100_000), 500, (500, 5_000)),
    ((1_000, 60_000), 1_000, (500, 5_000)),
    ((60, 100_000), 500, (20, 200)),
    ((120, 40_000), 600, (5_000, 25_000)),
];

#[tokio::test(start_paused = true)]
async fn limits_that_are_set_are_used_and_not_hit() {
    for counts in [Counts::Sliding, Counts::Fixed, Counts::Bucket] {
        for scene in SCENES {
            let (refused, held_back, used) = play(counts, false, scene).await;
            assert_eq!((refused, held_back), (0, 0), "{counts:?} {scene:?}");
            assert!(used >= 0.9, "{counts:?} {scene:?}: {used}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn limits_that_are_told_are_used_and_not_hit() {
    // Where a window slides, nobody tells when the next piece of it is free, only when all is: what is lost is that wait.
    for (counts, least) in [(Counts::Fixed, 0.9), (Counts::Bucket, 0.9), (Counts::Sliding, 0.5)] {
        for scene in SCENES {
            let (refused, _, used) = play(counts, true, scene).await;
            assert_eq!(refused, 0, "{counts:?} {scene:?}");
            assert!(used >= least, "{counts:?} {scene:?}: {used}");
        }
    }
}
