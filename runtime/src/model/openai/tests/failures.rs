//! What the words of a failure mean, where servers tell by them what a status does not; `matrix/` has the rest.

use super::{Endpoint, Http, KEY, OpenAi, Raw, ask, responses};
use crate::model::{
    ModelErrorClass::{self as Class, *},
    openai::Timeouts,
};
use std::time::Duration;

type Headers = &'static [(&'static str, &'static str)];
type Row = (u16, Headers, &'static str, Class, Option<&'static str>, &'static str, bool);

/// Status, headers, body; then class, code, a piece of the message, and whether it is worth another try.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    // Quota and context, by code, type or words.
    (429, &[], r#"{"error":{"message":"no credit","type":"insufficient_quota","code":"insufficient_quota"}}"#, Quota, Some("insufficient_quota"), "no credit", false),
    (429, &[("x-should-retry", "true")], r#"{"error":{"message":"no credit","type":"insufficient_quota"}}"#, Quota, None, "no credit", false),
    (400, &[], r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#, ContextLength, Some("context_length_exceeded"), "too long", false),
    (400, &[], r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400}"#, ContextLength, Some("400"), "4096", false),
    (400, &[], r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#, ContextLength, Some("400"), "exceeds", false),
    (500, &[], r#"{"error":{"message":"cannot allocate a context window"}}"#, Server, None, "allocate", true),
    (400, &[], r#"{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens"}}"#, ContextLength, None, "210000", false),
    (402, &[], r#"{"error":{"message":"Insufficient Balance"}}"#, Quota, None, "Insufficient Balance", false),
    // A filter or a policy in the way.
    (400, &[], r#"{"error":{"code":"content_filter","message":"filtered"}}"#, ContentFilter, Some("content_filter"), "filtered", false),
    (400, &[], r#"{"error":{"code":null,"message":"filtered","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#, ContentFilter, None, "filtered", false),
    (400, &[], r#"{"error":{"code":"invalid_prompt","message":"not that"}}"#, Refused, Some("invalid_prompt"), "not that", false),
    // Too much to do: a word that means less than the status where that is none of the server's faults.
    (500, &[], r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Overloaded, None, "Overloaded", true),
    (502, &[], r#"[{"error":{"code":502,"message":"busy","status":"UNAVAILABLE"}}]"#, Overloaded, Some("502"), "busy", true),
    (429, &[], r#"{"error":{"type":"engine_overloaded","message":"busy"}}"#, Overloaded, None, "busy", true),
    // Bodies in the wrong form.
    (429, &[], r#"[{"error":{"code":429,"message":"exhausted","status":"RESOURCE_EXHAUSTED"}}]"#, RateLimited, Some("429"), "exhausted", true),
    (400, &[], r#"{"error":{"message":null,"code":true}}"#, InvalidRequest, None, "Bad Request; the server gives no reason", false),
    (500, &[], r#"{"error":{"message":{"prompt":"secret"}}}"#, Server, None, "Internal Server Error", true),
    (418, &[], r#""I am a teapot""#, InvalidRequest, None, "teapot", false),
    (500, &[], "[]", Server, None, "Internal Server Error", true),
    (599, &[], "null", Server, None, "the server reports an error", true),
    // Errors that call themselves a success.
    (200, &[], r#"{"error":{"message":"upstream is busy","code":429}}"#, RateLimited, Some("429"), "busy", true),
    (200, &[], r#"{"error":{"message":"broken","code":"server_error"}}"#, Server, Some("server_error"), "broken", true),
    (200, &[], r#"{"error":{"message":"no","type":"invalid_request_error"}}"#, InvalidRequest, None, "no", false),
    (200, &[], r#"{"error":"just words"}"#, Server, None, "just words", true),
    (204, &[], "", Malformed, None, "not JSON", true),
];

#[tokio::test]
async fn every_failure_is_what_the_table_says() {
    for (status, headers, body, class, code, message, retryable) in TABLE {
        let server = Raw::sending(*status, headers, body).await;
        let error = ask(responses(&server.url, Timeouts::default())).await.expect_err(body);
        let row = format!("{status} {headers:?} {body}: {error:?}");
        assert_eq!(error.class, *class, "{row}");
        assert_eq!(error.status, Some(*status), "{row}");
        assert_eq!(error.code.as_deref(), *code, "{row}");
        assert!(error.message.contains(message), "{row}");
        assert!(!format!("{error:?}").contains("secret"), "{row}");
        assert_eq!(error.is_retryable(), *retryable, "{row}");
        assert_eq!(server.seen().len(), 1, "one request for one attempt: {row}");
    }
}

/// Gemini says within the error how long to wait, among other details.
#[tokio::test]
async fn the_wait_may_stand_in_the_error() {
    let body = r#"[{"error":{"code":429,"status":"RESOURCE_EXHAUSTED","message":"later","details":[
        {"@type":"type.googleapis.com/google.rpc.Help"},
        {"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.5s"}]}}]"#;
    let rows: [(Headers, u64); 2] = [(&[], 34_500), (&[("retry-after", "2")], 2_000)];
    for (headers, millis) in rows {
        let server = Raw::sending(429, headers, body).await;
        let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("429");
        assert_eq!(error.retry_after, Some(Duration::from_millis(millis)));
    }
}

#[tokio::test]
async fn a_placeholder_for_a_key_is_no_secret() {
    let server = Raw::sending(404, &[], r#"{"error":"ollama has no such model"}"#).await;
    let endpoint =
        Endpoint::new(&server.url).expect("a URL").with_key("ollama".to_owned().into(), None).expect("a key");
    let model = OpenAi::responses(endpoint, &Http::new(Timeouts::default()).expect("a client"));
    assert_eq!(ask(model).await.expect_err("404").message, "ollama has no such model");
}

#[tokio::test]
async fn a_message_that_is_cut_within_the_key_shows_nothing_of_it() {
    let body = format!(r#"{{"error":{{"message":"{}{KEY}"}}}}"#, "x".repeat(1_990));
    let server = Raw::sending(400, &[], &body).await;
    let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("400");
    assert!(error.message.ends_with("x[key]"), "{error}");
}

#[tokio::test]
async fn a_long_message_is_cut() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "é".repeat(5_000));
    let server = Raw::sending(400, &[], &body).await;
    let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("400");
    assert_eq!(error.message.chars().count(), 2_001);
}
