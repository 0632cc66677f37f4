//! The rows of the matrix: statuses, bodies and heads, each with what is right to make of it.
//!
//! `hunter2` is what no error may show.

use crate::model::ModelErrorClass::{self as Class, *};
use std::time::{Duration, SystemTime};

/// A status with its class, and whether that is worth another try.
#[rustfmt::skip]
pub(super) const STATUSES: &[(u16, Class, bool)] = &[
    (400, InvalidRequest, false),
    (401, Authentication, false),
    (402, Quota, false),
    (403, Permission, false),
    (404, NotFound, false),
    (405, InvalidRequest, false),
    (408, Timeout, true),
    (409, Conflict, true),
    (410, InvalidRequest, false),
    (413, InvalidRequest, false),
    (418, InvalidRequest, false),
    (422, InvalidRequest, false),
    (429, RateLimited, true),
    (451, InvalidRequest, false),
    (499, InvalidRequest, false),
    (500, Server, true),
    (501, Server, true),
    (502, Server, true),
    (503, Overloaded, true),
    (504, Server, true),
    (524, Server, true),
    (529, Overloaded, true),
    (599, Server, true),
    (301, Configuration, false),
    (302, Configuration, false),
    (303, Configuration, false),
    (304, Configuration, false),
    (307, Configuration, false),
    (308, Configuration, false),
];

/// A body, and what of it may be seen.
pub(super) struct Body {
    pub(super) name: &'static str,
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
    pub(super) code: Option<&'static str>,
    pub(super) says: &'static str,
    /// What it is with status 200: asked for whole, and asked for as a stream.
    pub(super) as_success: [Class; 2],
}

const JSON: &str = "application/json";
const MUTE: &str = "gives no reason";

#[rustfmt::skip]
pub(super) const BODIES: &[Body] = &[
    Body { name: "OpenAI's", kind: JSON, code: Some("e_7"), says: "no luck", as_success: [Server, Server],
        text: r#"{"error":{"message":"no luck","type":"t","code":"e_7","param":"hunter2"},"prompt":"hunter2"}"# },
    Body { name: "a number as code", kind: JSON, code: Some("7"), says: "no luck", as_success: [Server, Server],
        text: r#"{"error":{"message":"no luck","code":7,"metadata":{"raw":"hunter2"}}}"# },
    Body { name: "only words", kind: JSON, code: None, says: "no luck", as_success: [Server, Server],
        text: r#"{"error":"no luck","prompt":"hunter2"}"# },
    Body { name: "an array", kind: JSON, code: Some("7"), says: "no luck", as_success: [Server, Server],
        text: r#"[{"error":{"code":7,"message":"no luck","status":"S","details":[{"value":"hunter2"}]}}]"# },
    Body { name: "flat", kind: JSON, code: Some("7"), says: "no luck", as_success: [Malformed, Malformed],
        text: r#"{"object":"error","message":"no luck","type":"T","param":"hunter2","code":7}"# },
    Body { name: "a detail", kind: JSON, code: None, says: "no luck", as_success: [Malformed, Malformed],
        text: r#"{"detail":"no luck","body":"hunter2"}"# },
    Body { name: "details", kind: JSON, code: None, says: "no luck", as_success: [Malformed, Malformed],
        text: r#"{"detail":[{"loc":["hunter2"],"msg":"no luck","input":{"prompt":"hunter2"}}]}"# },
    Body { name: "the key, quoted", kind: JSON, code: Some("[key]"), says: "[key] is no key", as_success: [Server, Server],
        text: r#"{"error":{"message":"sk-secret-0123456789 is no key","code":"sk-secret-0123456789"}}"# },
    Body { name: "JSON of something else", kind: JSON, code: None, says: MUTE, as_success: [Malformed, Malformed],
        text: r#"{"prompt":"hunter2"}"# },
    Body { name: "half of JSON", kind: JSON, code: None, says: MUTE, as_success: [Malformed, Malformed],
        text: r#"{"error":{"message":"hunter2"# },
    Body { name: "HTML", kind: "text/html", code: None, says: MUTE, as_success: [Malformed, Malformed],
        text: "<html><body>hunter2 sk-secret-0123456789</body></html>" },
    Body { name: "text", kind: "text/plain", code: None, says: MUTE, as_success: [Malformed, Incomplete],
        text: "hunter2\nsk-secret-0123456789\n" },
    Body { name: "nothing", kind: JSON, code: None, says: MUTE, as_success: [Malformed, Malformed],
        text: "" },
    Body { name: "nothing of no type", kind: "", code: None, says: MUTE, as_success: [Malformed, Incomplete],
        text: "" },
];

/// What a head asks for as to waiting.
#[derive(Clone, Copy, Debug)]
pub(super) enum Delay {
    Unsaid,
    Of(Duration),
    /// This, but for the time that has passed since it was written.
    Until(Duration),
}

/// Lines of a head, and what they say.
#[derive(Clone)]
pub(super) struct Head {
    pub(super) lines: String,
    pub(super) delay: Delay,
    pub(super) should_retry: Option<bool>,
    pub(super) request_id: Option<&'static str>,
}

/// A function, since a date to come is not known before.
#[rustfmt::skip]
pub(super) fn heads() -> Vec<Head> {
    let plain = Head { lines: String::new(), delay: Delay::Unsaid, should_retry: None, request_id: None };
    let waits = |lines: &str, delay| Head { lines: format!("{lines}\r\n"), delay, ..plain.clone() };
    let says = |lines: &str, should_retry| Head { lines: format!("{lines}\r\n"), should_retry, ..plain.clone() };
    let is = |lines: &str, request_id| Head { lines: format!("{lines}\r\n"), request_id: Some(request_id), ..plain.clone() };
    let millis = |number| Delay::Of(Duration::from_millis(number));
    let soon = Duration::from_secs(90);
    let date = httpdate::fmt_http_date(SystemTime::now() + soon);
    vec![
        plain.clone(),
        waits("retry-after: 7", millis(7_000)),
        waits("retry-after: 0.5", millis(500)),
        waits("retry-after: 0", millis(0)),
        waits("retry-after: 86400", millis(86_400_000)),
        waits(&format!("retry-after: {date}"), Delay::Until(soon)),
        waits("retry-after: Sun, 06 Nov 1994 08:49:37 GMT", millis(0)),
        waits("retry-after: hunter2", Delay::Unsaid),
        waits("retry-after: sept, s'il vous plaît", Delay::Unsaid),
        waits("retry-after: -7", Delay::Unsaid),
        waits("retry-after: 1e300", Delay::Unsaid),
        waits("retry-after: inf", Delay::Unsaid),
        waits("retry-after-ms: 1500", millis(1_500)),
        waits("retry-after-ms: 250\r\nretry-after: 9", millis(250)),
        waits("retry-after-ms: hunter2\r\nretry-after: 9", millis(9_000)),
        waits("retry-after-ms: -1\r\nretry-after: 9", millis(9_000)),
        waits("retry-after-ms: -1", Delay::Unsaid),
        says("x-should-retry: true", Some(true)),
        says("x-should-retry: false", Some(false)),
        says("x-should-retry: hunter2", None),
        is("x-request-id: req_1", "req_1"),
        is("request-id: req_2", "req_2"),
        is("apim-request-id: req_3", "req_3"),
        is("apim-request-id: req_3\r\nrequest-id: req_2\r\nx-request-id: req_1", "req_1"),
    ]
}
