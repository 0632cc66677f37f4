//! What kind of failure a provider means: by the names it gives, by its words, by the status.

use super::envelope::Envelope;
use crate::model::ModelErrorClass as Class;
use reqwest::StatusCode;

/// Names that say what it is whatever the status; the first that fits.
const NAMED: &[(Class, &[&str])] = &[
    (
        Class::Quota,
        &[
            "insufficient_quota",
            "credit_balance_exhausted",
            "billing_hard_limit_reached",
            "billing_not_active",
            "insufficient_balance",
        ],
    ),
    (Class::ContextLength, &["context_length_exceeded", "context_window_exceeded", "exceed_context_size_error"]),
    (
        Class::ContentFilter,
        &[
            "content_filter",
            "ResponsibleAIPolicyViolation",
            "content_policy_violation",
            "data_inspection_failed",
            "PROHIBITED_CONTENT",
        ],
    ),
    (Class::Refused, &["invalid_prompt", "cyber_policy", "policy_violation", "bio_policy"]),
    (
        Class::Overloaded,
        &[
            "overloaded_error",
            "overloaded",
            "server_is_overloaded",
            "server_overloaded",
            "engine_overloaded",
            "provider_overloaded",
            "capacity_exceeded",
            "UNAVAILABLE",
        ],
    ),
    (Class::Authentication, &["API_KEY_INVALID", "invalid_api_key"]),
    (Class::NotFound, &["model_not_found"]),
    (Class::InvalidRequest, &["not_supported_error"]),
];

/// How servers without a name for it say that a conversation is too long: vLLM, OpenRouter; llama.cpp; Anthropic; Gemini;
/// Ollama; Groq, of what is more than it lets through in a whole minute.
const TOO_LONG: &[&str] = &[
    "maximum context length",
    "available context size",
    "context window",
    "prompt is too long",
    "exceeds the maximum number of tokens",
    "longer than the context length",
    "request too large for model",
];

/// The class of what a provider says; of an error in an answer that calls itself a success, `status` is none.
pub(super) fn class_of(envelope: &Envelope, status: Option<StatusCode>) -> Class {
    if let Some((class, _)) = NAMED.iter().find(|(_, names)| envelope.is_any_of(names)) {
        return *class;
    }
    // Free text is believed only where the request is to blame; an overloaded server may mention its context too.
    let blames_request = status.is_none_or(|status| matches!(status.as_u16(), 400 | 413 | 422));
    let message = envelope.message.as_deref().unwrap_or_default().to_ascii_lowercase();
    if blames_request && TOO_LONG.iter().any(|words| message.contains(words)) {
        return Class::ContextLength;
    }
    status.map_or_else(|| by_code(envelope), by_status)
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

/// The same, where there is no status but what the code amounts to.
fn by_code(envelope: &Envelope) -> Class {
    let code = envelope.code.as_deref().unwrap_or_default();
    let number = code.parse().ok().and_then(|code| StatusCode::from_u16(code).ok());
    if let Some(status) = number.filter(|status| status.as_u16() >= 400) {
        return by_status(status);
    }
    if envelope.is_any_of(&["rate_limit_exceeded", "rate_limit_error", "too_many_requests", "slow_down"]) {
        return Class::RateLimited;
    }
    let invalid = ["invalid", "image", "policy", "unsupported", "not_found"].iter().any(|word| code.contains(word));
    if invalid || envelope.is_any_of(&["invalid_request_error"]) {
        return Class::InvalidRequest;
    }
    // What has no better name is worth another try.
    Class::Server
}
