//! Limits of a provider, as they are kept over HTTP.

use super::{Raw, Step, ask, endpoint, hello, http, impatient};
use crate::model::{
    Model, ModelErrorClass as Class,
    dialect::{Api, Dialect},
    openai::{Http, OpenAi, Timeouts},
    pace::Limits,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::time::timeout;

const ANSWER: &str = r#"{"output": []}"#;
/// Long enough for a call to a server on this machine.
const SOON: Duration = Duration::from_millis(200);

fn pool(timeouts: Timeouts) -> Http {
    Http::new(timeouts).expect("a client")
}

fn paced(server: &Raw, pool: &Http, requests: Option<u32>) -> OpenAi {
    let paced = pool.paced(Limits { requests, tokens: None });
    OpenAi::new("test", endpoint(&server.url), &paced, Dialect::plain(Api::Responses, ""))
}

#[tokio::test]
async fn what_is_over_the_limit_waits_on_the_worker() {
    let server = Raw::sending(200, &[("content-type", "application/json")], ANSWER).await;
    let pool = pool(Timeouts::default());
    let model = paced(&server, &pool, Some(2));
    assert!(ask(model.clone()).await.is_ok());
    assert!(model.stream(hello(), Arc::new(|_| {})).await.is_ok());
    // Clones of a client and its streams share a pace; another provider with the same connections has its own.
    assert!(timeout(SOON, ask(model.clone())).await.is_err());
    assert_eq!(server.seen().len(), 2);
    assert!(ask(paced(&server, &pool, Some(2))).await.is_ok());
}

#[tokio::test]
async fn a_wait_over_a_minute_is_an_error_and_nothing_is_sent() {
    let told = [("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "2m0.5s")];
    for (status, body) in [(200, ANSWER), (500, "{}")] {
        let server = Raw::sending(status, &told, body).await;
        let model = paced(&server, &pool(Timeouts::default()), None);
        let _ = ask(model.clone()).await;
        let error = ask(model).await.expect_err("two minutes");
        assert_eq!((error.class, error.status), (Class::RateLimited, None));
        assert!(error.is_retryable());
        assert!(error.message.starts_with("not sent: this worker keeps within the limits of `127.0.0.1:"), "{error}");
        let wait = error.retry_after.expect("a wait");
        assert!(Duration::from_secs(115) < wait && wait <= Duration::from_millis(120_500), "{wait:?}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn the_wait_does_not_count_into_the_time_of_the_call() {
    let told = [
        ("x-ratelimit-limit-requests", "1"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-requests", "700ms"),
    ];
    let server = Raw::sending(200, &told, ANSWER).await;
    let model = paced(&server, &pool(impatient()), None);
    assert!(ask(model.clone()).await.is_ok());
    let began = Instant::now();
    assert!(ask(model).await.is_ok());
    assert!(began.elapsed() > impatient().total * 2);
}

#[tokio::test]
async fn one_refusal_holds_for_all() {
    for status in [429, 503] {
        let server = Raw::sending(status, &[("retry-after-ms", "600")], "").await;
        let model = paced(&server, &pool(Timeouts::default()), None);
        let began = Instant::now();
        assert_eq!(ask(model.clone()).await.expect_err("refused").status, Some(status));
        assert!(timeout(SOON, ask(model.clone())).await.is_err());
        assert_eq!(server.seen().len(), 1);
        assert_eq!(ask(model).await.expect_err("refused").status, Some(status));
        assert!(began.elapsed() >= Duration::from_millis(600));
    }
}

#[tokio::test]
async fn garbled_headers_are_passed_over() {
    for value in ["-1", "NaN", "99999999999999999999999999", "soon", ""] {
        let names = ["limit", "remaining", "reset"].map(|what| {
            [
                format!("x-ratelimit-{what}-requests"),
                format!("anthropic-ratelimit-tokens-{what}"),
                "retry-after".to_owned(),
            ]
        });
        let told: Vec<_> = names.as_flattened().iter().map(|name| (name.as_str(), value)).collect();
        let server = Raw::start(vec![Step::Send(http(200, &told, ANSWER))]).await;
        let model = paced(&server, &pool(Timeouts::default()), None);
        for _ in 0..5 {
            let answer = timeout(Duration::from_secs(5), ask(model.clone())).await;
            assert!(answer.expect("nothing holds it up").is_ok(), "{value}");
        }
    }
}
