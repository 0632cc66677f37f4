//! Limits that are set and limits that are learned, in time that the tests turn themselves.

mod headers;
mod learned;
mod provider;
mod queue;
mod set;

use super::{Limits, Pace, Pass};
use crate::model::{ModelError, ModelErrorClass as Class};
use http::{HeaderMap, HeaderName, HeaderValue};
use std::{sync::Arc, time::Duration};
use tokio::{task::JoinHandle, time::Instant};

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn set(requests: u32, tokens: Option<u32>) -> Arc<Pace> {
    Arc::new(Pace::new(Limits { requests: Some(requests), tokens }))
}

/// A body of so many tokens that asks `model`.
fn body(model: &str, tokens: usize) -> Vec<u8> {
    let begin = format!(r#"{{"model":"{model}"}}"#);
    format!("{begin}{}", " ".repeat((tokens * 4).saturating_sub(begin.len() + 1))).into_bytes()
}

async fn ask(pace: &Arc<Pace>, model: &str, tokens: usize) -> Result<Pass, ModelError> {
    pace.admit("models.example", &body(model, tokens)).await
}

/// Asks `m` a little, and says after which time it was let through.
async fn admitted(pace: &Arc<Pace>) -> (Pass, Duration) {
    let began = Instant::now();
    let pass = ask(pace, "m", 5).await.expect("it waits at most");
    (pass, began.elapsed())
}

/// The same beside the test.
fn asking(pace: &Arc<Pace>, model: &'static str, tokens: usize) -> JoinHandle<Result<(Pass, Instant), ModelError>> {
    let pace = Arc::clone(pace);
    tokio::spawn(async move { Ok((ask(&pace, model, tokens).await?, Instant::now())) })
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    let pair = |(name, value): &(&'static str, &str)| {
        (HeaderName::from_static(name), HeaderValue::from_str(value).expect("a header"))
    };
    pairs.iter().map(pair).collect()
}

fn of_requests(limit: &str, remaining: &str, reset: &str) -> HeaderMap {
    headers(&[
        ("x-ratelimit-limit-requests", limit),
        ("x-ratelimit-remaining-requests", remaining),
        ("x-ratelimit-reset-requests", reset),
    ])
}

fn of_tokens(limit: &str, remaining: &str, reset: &str) -> HeaderMap {
    headers(&[
        ("x-ratelimit-limit-tokens", limit),
        ("x-ratelimit-remaining-tokens", remaining),
        ("x-ratelimit-reset-tokens", reset),
    ])
}

/// A call that was answered with these headers.
async fn answered(pace: &Arc<Pace>, headers: &HeaderMap) {
    ask(pace, "m", 5).await.expect("there is room").heard(headers);
}

fn refused(wait: Option<Duration>) -> ModelError {
    let mut error = ModelError::new(Class::RateLimited, "slow down");
    error.retry_after = wait;
    error
}
