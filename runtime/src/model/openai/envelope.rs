//! Finds the error in an answer, whichever of the many shapes a compatible server gives it.

use serde_json::Value;

/// The longest message that is kept; some servers quote half the request.
const MESSAGE_LIMIT: usize = 2_000;

/// What a provider says about a failure. Nothing else of a body ever reaches an error.
#[derive(Debug, Default)]
pub(super) struct Envelope {
    pub(super) message: Option<String>,
    /// As text, whatever its JSON type: vLLM, OpenRouter and Gemini send numbers.
    pub(super) code: Option<String>,
    /// Whatever else names the kind of failure; often more telling than the code.
    names: Vec<String>,
    /// How long to wait, as Google's `RetryInfo` has it: `"34s"`.
    pub(super) retry_after: Option<String>,
}

impl Envelope {
    /// Reads the body of an answer that is known to be an error; HTML, text and nothing at all are empty envelopes.
    pub(super) fn of_failure(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        match unlisted(&body) {
            Value::String(_) => Self::of(unlisted(&body)),
            body => Self::inside(body).unwrap_or_else(|| Self::of(body)),
        }
    }

    /// The error inside an answer that may be none: `{"error": …}`, alone or as the first of an array.
    pub(super) fn inside(body: &Value) -> Option<Self> {
        match unlisted(body).get("error")? {
            Value::Null | Value::Bool(false) => None,
            Value::String(text) if text.is_empty() => None,
            error => Some(Self::of(error)),
        }
    }

    /// Reads the error itself: a text, or an object.
    fn of(error: &Value) -> Self {
        // FastAPI, and so many a small server, calls it `detail`; a list of them quotes the request, except in `msg`.
        let detail = || error.get("detail").map(unlisted).and_then(|detail| detail.get("msg").or(Some(detail)));
        let message = match error {
            Value::String(_) => Some(error),
            _ => error.get("message").or_else(detail),
        };
        Self {
            message: message.and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(shortened),
            code: error.get("code").and_then(text),
            names: names(error),
            retry_after: retry_delay(error),
        }
    }

    /// Whether the code or the type is one of `names`.
    pub(super) fn is_any_of(&self, names: &[&str]) -> bool {
        self.code.iter().chain(&self.names).any(|own| names.iter().any(|name| own.eq_ignore_ascii_case(name)))
    }
}

/// Where names of failures stand beside the code.
const NAMES: [&str; 5] = [
    // OpenAI, and those who follow it.
    "/type",
    // Gemini.
    "/status",
    // Azure, of what its filter has found.
    "/innererror/code",
    // OpenRouter, of what went wrong behind it or with all behind it.
    "/metadata/error_type",
    "/error_type",
];

fn names(error: &Value) -> Vec<String> {
    let mut names: Vec<String> = NAMES.iter().filter_map(|place| error.pointer(place).and_then(text)).collect();
    // Google's details, each of which may have a reason.
    let details = error.get("details").and_then(Value::as_array).into_iter().flatten();
    names.extend(details.filter_map(|detail| text(detail.get("reason")?)));
    // OpenRouter says what was found, but not that it is a filter who says so.
    if ["/metadata/flagged_input", "/metadata/patterns"].iter().any(|place| error.pointer(place).is_some()) {
        names.push("content_filter".to_owned());
    }
    names
}

fn retry_delay(error: &Value) -> Option<String> {
    let mut details = error.get("details").and_then(Value::as_array).into_iter().flatten();
    let google = details.find_map(|detail| text(detail.get("retryDelay")?));
    // OpenRouter, where all hosts of a model are busy.
    google.or_else(|| error.pointer("/availability/retry_after").and_then(text))
}

fn unlisted(value: &Value) -> &Value {
    value.as_array().and_then(|list| list.first()).unwrap_or(value)
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(shortened(text)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_LIMIT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
