//! The table of failures: status, headers and body on one side, the error on the other.

use super::{Endpoint, Http, OpenAi, Raw, ask, responses};
use crate::model::{
    ModelErrorClass::{self as Class, *},
    openai::Timeouts,
};
use std::time::{Duration, SystemTime};

type Headers = &'static [(&'static str, &'static str)];
type Row = (u16, Headers, &'static str, Class, Option<&'static str>, &'static str, bool);

/// Status, headers, body; then class, code, a piece of the message, and whether it is worth another try.
#[rustfmt::skip]
const TABLE: &[Row] = &[
    // OpenAI's own form, each status.
    (400, &[], r#"{"error":{"message":"bad temperature","type":"invalid_request_error","param":"temperature","code":null}}"#, InvalidRequest, None, "bad temperature", false),
    (401, &[], r#"{"error":{"message":"wrong key","code":"invalid_api_key"}}"#, Authentication, Some("invalid_api_key"), "wrong key", false),
    (402, &[], r#"{"error":{"message":"Insufficient Balance"}}"#, Quota, None, "Insufficient Balance", false),
    (403, &[], r#"{"error":{"message":"not in your country","code":"unsupported_country"}}"#, Permission, Some("unsupported_country"), "country", false),
    (404, &[], r#"{"error":{"message":"no model `x`","code":"model_not_found"}}"#, NotFound, Some("model_not_found"), "no model", false),
    (408, &[], r#"{"error":{"message":"too slow"}}"#, Timeout, None, "too slow", true),
    (409, &[], r#"{"error":{"message":"locked"}}"#, Conflict, None, "locked", true),
    (422, &[], r#"{"error":{"message":"no"}}"#, InvalidRequest, None, "no", false),
    (429, &[], r#"{"error":{"message":"slow down","type":"tokens","code":"rate_limit_exceeded"}}"#, RateLimited, Some("rate_limit_exceeded"), "slow down", true),
    (500, &[], r#"{"error":{"message":"oops","type":"server_error"}}"#, Server, None, "oops", true),
    (503, &[], r#"{"error":{"message":"overloaded"}}"#, Overloaded, None, "overloaded", true),
    (529, &[], r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#, Overloaded, None, "Overloaded", true),
    // Quota and context, by code, type or words.
    (429, &[], r#"{"error":{"message":"no credit","type":"insufficient_quota","code":"insufficient_quota"}}"#, Quota, Some("insufficient_quota"), "no credit", false),
    (429, &[("x-should-retry", "true")], r#"{"error":{"message":"no credit","type":"insufficient_quota"}}"#, Quota, None, "no credit", false),
    (400, &[], r#"{"error":{"message":"too long","code":"context_length_exceeded"}}"#, ContextLength, Some("context_length_exceeded"), "too long", false),
    (400, &[], r#"{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400}"#, ContextLength, Some("400"), "4096", false),
    (400, &[], r#"{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}"#, ContextLength, Some("400"), "exceeds", false),
    (500, &[], r#"{"error":{"message":"cannot allocate a context window"}}"#, Server, None, "allocate", true),
    // Other shapes of the body.
    (400, &[], r#"{"error":"model is required"}"#, InvalidRequest, None, "model is required", false),
    (400, &[], r#"[{"error":{"code":400,"message":"bad schema","status":"INVALID_ARGUMENT"}}]"#, InvalidRequest, Some("400"), "bad schema", false),
    (429, &[], r#"[{"error":{"code":429,"message":"exhausted","status":"RESOURCE_EXHAUSTED"}}]"#, RateLimited, Some("429"), "exhausted", true),
    (422, &[], r#"{"detail":[{"loc":["body"],"msg":"field required","input":{"prompt":"secret"}}]}"#, InvalidRequest, None, "field required", false),
    (404, &[], r#"{"detail":"Not Found"}"#, NotFound, None, "Not Found", false),
    (400, &[], r#"{"error":{"message":null,"code":true}}"#, InvalidRequest, None, "Bad Request; the server gives no reason", false),
    (500, &[], r#"{"error":{"message":{"prompt":"secret"}}}"#, Server, None, "Internal Server Error", true),
    (502, &[("content-type", "text/html")], "<html>secret</html>", Server, None, "Bad Gateway", true),
    (503, &[("content-type", "text/plain")], "upstream secret", Overloaded, None, "Service Unavailable", true),
    (429, &[], "", RateLimited, None, "Too Many Requests", true),
    (413, &[], "<html>secret</html>", InvalidRequest, None, "Payload Too Large", false),
    (418, &[], r#""I am a teapot""#, InvalidRequest, None, "teapot", false),
    (500, &[], "[]", Server, None, "Internal Server Error", true),
    (599, &[], "null", Server, None, "the server reports an error", true),
    // What the server says about trying again.
    (429, &[("x-should-retry", "false")], "", RateLimited, None, "", false),
    (400, &[("x-should-retry", "true")], "", InvalidRequest, None, "", true),
    (500, &[("x-should-retry", "perhaps")], "", Server, None, "", true),
    // Redirects.
    (301, &[("location", "http://127.0.0.1:1/v1")], "", Configuration, None, "redirects, which is refused", false),
    (307, &[("location", "http://127.0.0.1:1/v1")], "", Configuration, None, "redirects, which is refused", false),
    (304, &[], "", Configuration, None, "redirects, which is refused", false),
    // Errors that call themselves a success.
    (200, &[], r#"{"error":{"message":"upstream is busy","code":429}}"#, RateLimited, Some("429"), "busy", true),
    (200, &[], r#"{"error":{"message":"broken","code":"server_error"}}"#, Server, Some("server_error"), "broken", true),
    (200, &[], r#"{"error":{"message":"no","type":"invalid_request_error"}}"#, InvalidRequest, None, "no", false),
    (200, &[], r#"{"error":"just words"}"#, Server, None, "just words", true),
    (204, &[], "", Malformed, None, "not JSON", true),
    // A server that quotes the key.
    (401, &[], r#"{"error":{"message":"sk-secret-0123456789 is not a key"}}"#, Authentication, None, "[key] is not a key", false),
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

#[tokio::test]
async fn the_wait_is_read_in_every_unit() {
    let soon = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(90));
    let rows: &[(Headers, Option<Duration>)] = &[
        (&[("retry-after-ms", "1500")], Some(Duration::from_millis(1500))),
        (&[("retry-after-ms", "250.5"), ("retry-after", "9")], Some(Duration::from_micros(250_500))),
        (&[("retry-after-ms", "soon"), ("retry-after", "9")], Some(Duration::from_secs(9))),
        (&[("retry-after", "0.5")], Some(Duration::from_millis(500))),
        (&[("retry-after", "86400")], Some(Duration::from_hours(24))),
        (&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")], Some(Duration::ZERO)),
        (&[("retry-after", "-1")], None),
        (&[("retry-after", "NaN")], None),
        (&[("retry-after", "1e300")], None),
        (&[("retry-after", "later")], None),
        (&[], None),
    ];
    for (headers, wait) in rows {
        let server = Raw::sending(429, headers, "").await;
        let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("429");
        assert_eq!(error.retry_after, *wait, "{headers:?}");
    }
    let server = Raw::sending(503, &[("retry-after", &soon), ("x-request-id", "req_7")], "").await;
    let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("503");
    let wait = error.retry_after.expect("a date");
    assert!(wait > Duration::from_secs(80) && wait <= Duration::from_secs(90), "{wait:?}");
    assert_eq!(error.request_id.as_deref(), Some("req_7"));
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
async fn a_long_message_is_cut() {
    let body = format!(r#"{{"error":{{"message":"{}"}}}}"#, "é".repeat(5_000));
    let server = Raw::sending(400, &[], &body).await;
    let error = ask(responses(&server.url, Timeouts::default())).await.expect_err("400");
    assert_eq!(error.message.chars().count(), 2_001);
}
