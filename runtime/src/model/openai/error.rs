//! Every way a call can fail, as a [`ModelError`]: by status, by what the provider says, by what broke on the way.

use super::envelope::Envelope;
use crate::model::{ModelError, ModelErrorClass as Class};
use async_openai::error::OpenAIError;
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;
use std::{
    error::Error,
    time::{Duration, SystemTime},
};

/// Names under which servers say that the account is used up.
const QUOTA: &[&str] =
    &["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "insufficient_balance"];

/// Names under which servers say that a filter has stopped a request.
const FILTERED: &[&str] = &[
    "content_filter",
    "ResponsibleAIPolicyViolation",
    "content_policy_violation",
    "data_inspection_failed",
    "PROHIBITED_CONTENT",
];

/// Names under which they decline one as a whole.
const DECLINED: &[&str] = &["invalid_prompt", "cyber_policy", "policy_violation", "bio_policy"];

/// Names under which they say that they have too much to do.
const OVERLOADED: &[&str] =
    &["overloaded_error", "overloaded", "server_overloaded", "engine_overloaded", "UNAVAILABLE"];

/// Names under which servers say that the conversation is too long.
const CONTEXT: &[&str] = &["context_length_exceeded", "context_window_exceeded", "exceed_context_size_error"];

/// How servers without such a name put it: vLLM, OpenRouter; llama.cpp; Anthropic; Gemini.
const CONTEXT_WORDS: &[&str] = &[
    "maximum context length",
    "available context size",
    "context window",
    "prompt is too long",
    "exceeds the maximum number of tokens",
];

/// Where the id of a request stands: OpenAI and most others; Anthropic; Azure.
const REQUEST_ID: &[&str] = &["x-request-id", "request-id", "apim-request-id"];

/// An answer with a status that is not a success.
pub(super) fn from_status(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ModelError {
    let error = if status.is_redirection() {
        ModelError::new(
            Class::Configuration,
            "the server redirects, which is refused; set its final address as base URL",
        )
    } else {
        told(Envelope::of_failure(body), Some(status))
    };
    with_head(error, status, headers)
}

/// Checks that a successful answer is JSON and holds no error, as failed responses and some gateways' answers do.
///
/// # Errors
///
/// When it is not, or does.
pub(super) fn check_success(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Result<(), ModelError> {
    let error = match serde_json::from_slice::<Value>(body) {
        Ok(answer) => match Envelope::inside(&answer) {
            Some(envelope) => told(envelope, None),
            None => return Ok(()),
        },
        Err(_) => {
            ModelError::new(Class::Malformed, "the answer is not JSON; check that the base URL is that of the API")
        }
    };
    Err(with_head(error, status, headers))
}

/// An event that says that something went wrong.
pub(super) fn in_stream(data: &str) -> ModelError {
    // Either it is the error, or there is one in it.
    told(Envelope::of_failure(data.as_bytes()), None)
}

/// The error that a part of an answer carries in itself.
pub(super) fn from_inside(part: &Value) -> Option<ModelError> {
    Envelope::inside(part).map(|envelope| told(envelope, None))
}

/// An answer that stopped before its end.
pub(super) fn incomplete(reason: &str) -> ModelError {
    let message = match reason {
        "max_output_tokens" | "length" => {
            "the answer was cut off at the limit of tokens; raise `max_tokens`".to_owned()
        }
        "content_filter" => "the answer was stopped by the provider's content filter".to_owned(),
        other => format!("the answer is incomplete; the provider's reason is `{other}`"),
    };
    let class = if reason == "content_filter" { Class::ContentFilter } else { Class::Incomplete };
    let mut error = ModelError::new(class, message);
    error.code = Some(reason.to_owned());
    error
}

/// A stream that ended in good order, but for its end event: what has come so far is no answer.
pub(super) fn cut_off(host: &str) -> ModelError {
    let mut error =
        ModelError::new(Class::Incomplete, format!("the answer of `{host}` broke off: its end event is missing"));
    error.should_retry = Some(true);
    error
}

/// A failure below HTTP. `what` says where it happened.
pub(super) fn from_transport(error: &reqwest::Error, what: &str) -> ModelError {
    let class = match error {
        error if error.is_timeout() => Class::Timeout,
        error if error.is_builder() => Class::Configuration,
        _ => Class::Connection,
    };
    // The outer layers say "error sending request" and quote the URL; the reason is at the bottom.
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let cause = if error.source().is_some() { cause.to_string() } else { "reason unknown".to_owned() };
    ModelError::new(class, format!("{what}: {cause}"))
}

/// What comes back through the client: nearly always an error of ours, in its box.
pub(super) fn from_client(error: OpenAIError) -> ModelError {
    match error {
        OpenAIError::Boxed(inner) => match inner.downcast::<ModelError>() {
            Ok(ours) => *ours,
            Err(_) => ModelError::new(Class::Connection, "the HTTP client failed"),
        },
        OpenAIError::Reqwest(error) => from_transport(&error, "the request could not be sent"),
        OpenAIError::InvalidArgument(reason) => ModelError::new(Class::Configuration, reason),
        // Their texts hold the body.
        _ => ModelError::new(Class::Malformed, "the answer could not be read"),
    }
}

/// Adds what the head of the answer says.
pub(super) fn with_head(mut error: ModelError, status: StatusCode, headers: &HeaderMap) -> ModelError {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    error.status = Some(status.as_u16());
    error.request_id = REQUEST_ID.iter().find_map(|name| header(name)).map(str::to_owned);
    error.retry_after = header("retry-after-ms")
        .and_then(|text| scaled(text, 0.001))
        .or_else(|| header("retry-after").and_then(|text| scaled(text, 1.0).or_else(|| until(text))))
        .or(error.retry_after);
    error.should_retry = match header("x-should-retry") {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => error.should_retry,
    };
    error
}

fn scaled(text: &str, unit: f64) -> Option<Duration> {
    text.parse::<f64>().ok().and_then(|number| Duration::try_from_secs_f64(number * unit).ok())
}

fn until(text: &str) -> Option<Duration> {
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(SystemTime::now()).unwrap_or_default())
}

/// What the provider says, classed by its words first, then by `status`, else by the status its code amounts to.
fn told(envelope: Envelope, status: Option<StatusCode>) -> ModelError {
    let class = by_words(&envelope, status).unwrap_or_else(|| match status {
        Some(status) => by_status(status),
        None => by_code(&envelope),
    });
    let message = envelope.message.unwrap_or_else(|| match status.and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("{reason}; the server gives no reason"),
        None => "the server reports an error and gives no reason".to_owned(),
    });
    let mut error = ModelError::new(class, message);
    error.code = envelope.code;
    error.retry_after = envelope.retry_after.as_deref().and_then(|text| scaled(text.trim_end_matches('s'), 1.0));
    error
}

fn by_words(envelope: &Envelope, status: Option<StatusCode>) -> Option<Class> {
    if envelope.is_any_of(QUOTA) {
        return Some(Class::Quota);
    }
    if envelope.is_any_of(CONTEXT) {
        return Some(Class::ContextLength);
    }
    if envelope.is_any_of(FILTERED) {
        return Some(Class::ContentFilter);
    }
    if envelope.is_any_of(DECLINED) {
        return Some(Class::Refused);
    }
    if status.is_none_or(|status| status.is_server_error()) && envelope.is_any_of(OVERLOADED) {
        return Some(Class::Overloaded);
    }
    // Free text is believed only where the request is to blame; an overloaded server may mention its context too.
    let blames_request = status.is_none_or(|status| matches!(status.as_u16(), 400 | 413 | 422));
    let message = envelope.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    let too_long = blames_request && CONTEXT_WORDS.iter().any(|words| message.contains(words));
    too_long.then_some(Class::ContextLength)
}

fn by_status(status: StatusCode) -> Class {
    match status.as_u16() {
        401 => Class::Authentication,
        402 => Class::Quota,
        403 => Class::Permission,
        404 => Class::NotFound,
        408 => Class::Timeout,
        409 => Class::Conflict,
        429 => Class::RateLimited,
        // Cloudflare, and Anthropic, number the second themselves.
        503 | 529 => Class::Overloaded,
        400..=499 => Class::InvalidRequest,
        500.. => Class::Server,
        _ => Class::Malformed,
    }
}

/// The class of an error that came with a success status, or inside a failed response.
fn by_code(envelope: &Envelope) -> Class {
    let code = envelope.code.as_deref().unwrap_or_default();
    if let Some(status) =
        code.parse().ok().and_then(|code| StatusCode::from_u16(code).ok()).filter(|it| it.as_u16() >= 400)
    {
        return by_status(status);
    }
    if envelope.is_any_of(&["rate_limit_exceeded", "rate_limit_error", "too_many_requests"]) {
        return Class::RateLimited;
    }
    let invalid = ["invalid", "image", "policy", "unsupported", "not_found"].iter().any(|word| code.contains(word));
    if invalid || envelope.is_any_of(&["invalid_request_error"]) {
        return Class::InvalidRequest;
    }
    // What has no better name is worth another try.
    Class::Server
}
