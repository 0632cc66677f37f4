//! What can go wrong below HTTP: redirects, floods, silence, broken connections.

use super::{Raw, Step, ask, chat, http, impatient, responses};
use crate::model::{ModelErrorClass as Class, openai::Timeouts};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;

const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n";
const ANSWER: &str = r#"{"output": []}"#;

fn send(text: impl Into<String>) -> Step {
    Step::Send(text.into().into_bytes())
}

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
        send(format!("{HEAD}content-length: {length}\r\n\r\n")),
        send(format!("\"{}\"", "x".repeat(length - 2))),
        Step::Wait(Duration::from_mins(1)),
    ];
    let server = Raw::start(steps).await;
    let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("too large");
    assert_eq!((error.class, error.status), (Class::Malformed, Some(200)));
    assert!(error.message.contains("8388608 bytes"), "{error}");
    assert!(!error.is_retryable());
}

#[tokio::test]
async fn a_body_under_the_cap_is_read() {
    let padding = " ".repeat(7 * 1024 * 1024);
    let server = Raw::sending(200, &[], &format!("{padding}{ANSWER}")).await;
    assert!(ask(responses(&server.url, Timeouts::default())).await.is_ok());
}

#[tokio::test]
async fn a_closed_port_is_a_connection_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    drop(listener);
    let error = ask(chat(&format!("http://{address}/v1"), Timeouts::default())).await.expect_err("nobody is there");
    assert_eq!((error.class, error.status), (Class::Connection, None));
    assert!(error.message.contains(&address.to_string()) && error.message.contains("refused"), "{error}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn silence_ends_with_the_total_time() {
    let server = Raw::start(vec![Step::Wait(Duration::from_mins(1))]).await;
    let started = Instant::now();
    let error = ask(responses(&server.url, impatient())).await.expect_err("silence");
    assert_eq!((error.class, error.status), (Class::Timeout, None));
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_slow_drip_ends_with_the_total_time() {
    let mut steps = vec![send(format!("{HEAD}content-length: 1000\r\n\r\n"))];
    for _ in 0..100 {
        steps.extend([send(" "), Step::Wait(Duration::from_millis(50))]);
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
    let after_the_head = vec![send(format!("{HEAD}content-length: {}\r\n\r\n", ANSWER.len())), thinks, send(ANSWER)];
    for steps in [before_the_head, after_the_head] {
        let server = Raw::start(steps).await;
        assert!(ask(responses(&server.url, timeouts)).await.is_ok());
    }
}

#[tokio::test]
async fn a_body_that_stalls_is_given_up() {
    let timeouts = Timeouts { idle: Duration::from_millis(50), ..Timeouts::default() };
    let steps = vec![send(format!("{HEAD}content-length: 1000\r\n\r\n{{")), Step::Wait(Duration::from_mins(1))];
    let server = Raw::start(steps).await;
    let error = ask(responses(&server.url, timeouts)).await.expect_err("it stalls");
    assert_eq!((error.class, error.status), (Class::Timeout, Some(200)));
}

#[tokio::test]
async fn a_connection_that_breaks_is_a_connection_error() {
    let server = Raw::start(vec![]).await;
    let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("it hangs up");
    assert_eq!((error.class, error.status), (Class::Connection, None));
    assert_eq!(server.seen().len(), 1);

    let server = Raw::start(vec![send(format!("{HEAD}content-length: 1000\r\n\r\n{ANSWER}"))]).await;
    let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("it breaks off");
    assert_eq!((error.class, error.status), (Class::Connection, Some(200)));
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn a_broken_error_keeps_its_status() {
    let head = "HTTP/1.1 429 X\r\nretry-after: 7\r\ncontent-length: 1000\r\n\r\n";
    let stalls = Step::Wait(Duration::from_mins(1));
    let begun = format!("{head}{{");
    for steps in [vec![send(head)], vec![send(head), stalls.clone()], vec![send(begun), stalls.clone()]] {
        let server = Raw::start(steps).await;
        let timeouts = Timeouts { idle: Duration::from_millis(50), ..Timeouts::default() };
        let started = Instant::now();
        let error = ask(responses(&server.url, timeouts)).await.expect_err("429");
        assert!(started.elapsed() < Duration::from_secs(5));
        assert_eq!((error.class, error.status), (Class::RateLimited, Some(429)));
        assert_eq!(error.retry_after, Some(Duration::from_secs(7)));
    }
}

#[tokio::test]
async fn tls_needs_nothing_installed_first() {
    // No TLS is spoken on that port: the point is that asking fails rather than panics.
    let server = Raw::sending(200, &[], "").await;
    let error = ask(responses(&server.url.replace("http:", "https:"), impatient())).await.expect_err("not TLS");
    assert!(matches!(error.class, Class::Connection | Class::Timeout), "{error:?}");
}
