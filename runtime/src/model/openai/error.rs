//! Every way a call can fail, as a [`ModelError`]: by status, by what the provider says, by what broke on the way.

use super::{class::class_of, envelope::Envelope};
use crate::model::{ModelError, ModelErrorClass as Class};
use async_openai::error::OpenAIError;
use reqwest::{StatusCode, header::HeaderMap};
use serde_json::Value;
use std::{
    error::Error,
    time::{Duration, SystemTime},
};

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
    // Read as strictly as the client will: what it cannot read, it logs.
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

/// What a chat's reason to stop means, if it is no end of an answer.
pub(super) fn of_reason(reason: &str) -> Option<ModelError> {
    // Google puts its own word behind the one that all know.
    let (kind, _) = reason.split_once(": ").unwrap_or((reason, ""));
    let of = |class, message: &str| {
        let mut error = ModelError::new(class, message);
        error.code = Some(reason.to_owned());
        Some(error)
    };
    match kind {
        "length" | "max_tokens" | "model_length" | "MAX_TOKENS" => Some(incomplete(reason)),
        "content_filter" | "SAFETY" | "PROHIBITED_CONTENT" | "BLOCKLIST" | "SPII" | "RECITATION" => {
            of(Class::ContentFilter, FILTERED_ANSWER)
        }
        "function_call_filter" | "MALFORMED_FUNCTION_CALL" => {
            of(Class::Malformed, "the model has written a call that its provider cannot read")
        }
        // Anthropic's classifiers, rather than its model.
        "refusal" => of(Class::Refused, "the provider declines to answer"),
        "insufficient_system_resource" => {
            of(Class::Overloaded, "the answer was broken off: the provider has too much to do")
        }
        "abort" => {
            let mut error = ModelError::new(Class::Incomplete, "the answer was broken off by its server");
            error.code = Some(reason.to_owned());
            error.should_retry = Some(true);
            Some(error)
        }
        "error" => of(Class::Server, "the answer was broken off, and the server gives no reason"),
        _ => None,
    }
}

const FILTERED_ANSWER: &str = "the answer was stopped by the provider's content filter";

/// An answer that stopped before its end.
pub(super) fn incomplete(reason: &str) -> ModelError {
    let message = match reason {
        "max_output_tokens" | "length" | "max_tokens" | "model_length" | "MAX_TOKENS" => {
            "the answer was cut off at the limit of tokens; raise `max_tokens`".to_owned()
        }
        "content_filter" => FILTERED_ANSWER.to_owned(),
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

/// A stream that has its end event, but no reason to end: a gateway closes one in good order that its upstream has lost.
pub(super) fn without_reason() -> ModelError {
    let mut error = ModelError::new(Class::Incomplete, "the answer broke off: it ends without a `finish_reason`");
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
    let header = |name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim).filter(|text| !text.is_empty())
    };
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
    let class = class_of(&envelope, status);
    let message = envelope.message.unwrap_or_else(|| match status.and_then(|status| status.canonical_reason()) {
        Some(reason) => format!("{reason}; the server gives no reason"),
        None => "the server reports an error and gives no reason".to_owned(),
    });
    let mut error = ModelError::new(class, message);
    error.code = envelope.code;
    error.retry_after = envelope.retry_after.as_deref().and_then(|text| scaled(text.trim_end_matches('s'), 1.0));
    error
}
