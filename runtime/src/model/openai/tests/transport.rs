//! What is slow, long or sent elsewhere, and how far that is suffered; `matrix/` has what is broken.

use super::{Raw, Step, ask, http, impatient, responses};
use crate::model::{ModelErrorClass as Class, openai::Timeouts};
use std::time::{Duration, Instant};

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const ANSWER: &str = r#"{"output": []}"#;

#[tokio::test]
async fn a_redirect_takes_the_prompt_nowhere() {
    let target = Raw::sending(200, &[], ANSWER).await;
    let location = format!("{}/responses", target.url);
    for status in [301, 302, 303, 307, 308] {
        let server = Raw::sending(status, &[("location", &location)], "").await;
        let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("a redirect");
        assert_eq!((error.class, error.status), (Class::Configuration, Some(status)));
        assert!(!error.is_retryable());
    }
    assert!(target.seen().is_empty());
}

#[tokio::test]
async fn a_body_over_the_cap_is_not_read_to_its_end() {
    let length = 9 * 1024 * 1024;
    let steps = vec![
        Step::send(format!("{HEAD}content-length: {length}\r\n\r\n")),
        Step::send(format!("\"{}\"", "x".repeat(length - 2))),
        Step::Wait(Duration::from_mins(1)),
    ];
    let server = Raw::start(steps).await;
    let error = ask(responses(&server.url, Timeouts { idle: Duration::from_secs(5), ..Timeouts::default() })).await;
    assert!(error.expect_err("too large").message.contains("8388608 bytes"));
}

#[tokio::test]
async fn a_body_under_the_cap_is_read() {
    let padding = " ".repeat(7 * 1024 * 1024);
    let server = Raw::sending(200, &[], &format!("{padding}{ANSWER}")).await;
    assert!(ask(responses(&server.url, Timeouts::default())).await.is_ok());
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_total_time() {
    let mut steps = vec![Step::send(format!("{HEAD}content-length: 1000\r\n\r\n"))];
    for _ in 0..100 {
        steps.extend([Step::send(" "), Step::Wait(Duration::from_millis(50))]);
    }
    let server = Raw::start(steps).await;
    let started = Instant::now();
    let error = ask(responses(&server.url, impatient())).await.expect_err("too slow");
    assert_eq!((error.class, error.status), (Class::Timeout, Some(200)));
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_model_may_think_longer_than_the_idle_time() {
    let timeouts = Timeouts { idle: Duration::from_millis(50), ..Timeouts::default() };
    let thinks = Step::Wait(Duration::from_millis(300));
    let before_the_head = vec![thinks.clone(), Step::Send(http(200, &[], ANSWER))];
    let after_the_head =
        vec![Step::send(format!("{HEAD}content-length: {}\r\n\r\n", ANSWER.len())), thinks, Step::send(ANSWER)];
    for steps in [before_the_head, after_the_head] {
        let server = Raw::start(steps).await;
        assert!(ask(responses(&server.url, timeouts)).await.is_ok());
    }
}
