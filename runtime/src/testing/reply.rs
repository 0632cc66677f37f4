//! What a scripted model does with one request: answer, fail, or say nothing at all.

use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;

/// One answer, or one failure.
#[derive(Clone, Debug)]
pub struct Reply {
    pub(super) outcome: Outcome,
    pub(super) delay: Duration,
    /// Tokens read and written, where they are not to follow from the bytes.
    pub(super) tokens: Option<(usize, usize)>,
    /// The time between two events of an answer that is streamed.
    pub(super) pace: Duration,
    /// How many of its events are sent before the connection breaks.
    pub(super) breaks_after: Option<usize>,
}

#[derive(Clone, Debug)]
pub(super) enum Outcome {
    Answer(Vec<Output>),
    Raw { status: u16, headers: Vec<(String, String)>, body: String },
    Hang,
}

/// One thing a model says or asks for.
#[derive(Clone, Debug)]
pub(super) enum Output {
    Text(String),
    Refusal(String),
    Call { name: String, arguments: String },
    Item(Value),
}

impl Reply {
    /// A text.
    #[must_use]
    pub fn says(text: impl Into<String>) -> Self {
        Self::answer(vec![Output::Text(text.into())])
    }

    /// A structured answer: `value` as JSON text. A value that has no JSON is a failure that says so.
    #[must_use]
    pub fn says_json(value: &impl Serialize) -> Self {
        match serde_json::to_string(value) {
            Ok(text) => Self::says(text),
            Err(reason) => Self::broken_script(&format!("the value in `says_json` has no JSON: {reason}")),
        }
    }

    /// A refusal.
    #[must_use]
    pub fn refuses(text: impl Into<String>) -> Self {
        Self::answer(vec![Output::Refusal(text.into())])
    }

    /// One function call.
    #[must_use]
    pub fn call(name: impl Into<String>, arguments: Value) -> Self {
        Self::calls([(name, arguments)])
    }

    /// Several function calls at once.
    #[must_use]
    pub fn calls<N: Into<String>>(calls: impl IntoIterator<Item = (N, Value)>) -> Self {
        let call = |(name, arguments): (N, Value)| Output::Call { name: name.into(), arguments: arguments.to_string() };
        Self::answer(calls.into_iter().map(call).collect())
    }

    /// A function call whose arguments are sent as they are, to test what is not JSON.
    #[must_use]
    pub fn raw_call(name: impl Into<String>, arguments: impl Into<String>) -> Self {
        Self::answer(vec![Output::Call { name: name.into(), arguments: arguments.into() }])
    }

    /// Any output item of the Responses API, such as reasoning or a web search. Chat Completions has no such
    /// items and leaves it out.
    #[must_use]
    pub fn item(item: Value) -> Self {
        Self::answer(vec![Output::Item(item)])
    }

    /// A failure with this HTTP status and an error in OpenAI's form.
    #[must_use]
    pub fn fails(status: u16) -> Self {
        Self::error(status, &[], "a failure from the script")
    }

    /// An HTTP answer sent exactly so, a failure or not. The body counts as JSON unless the headers have a
    /// `content-type`.
    #[must_use]
    pub fn fails_with<'a>(
        status: u16,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
        body: impl Into<String>,
    ) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self::of(Outcome::Raw { status, headers, body: body.into() })
    }

    /// Silence: the connection stays open and nothing is sent.
    #[must_use]
    pub fn hangs() -> Self {
        Self::of(Outcome::Hang)
    }

    /// Adds what `more` says to this answer, as in a text beside calls. A failure on either side stays the
    /// failure it is.
    #[must_use]
    pub fn and(mut self, more: Self) -> Self {
        self.delay += more.delay;
        match (&mut self.outcome, more.outcome) {
            (Outcome::Answer(outputs), Outcome::Answer(more)) => outputs.extend(more),
            (Outcome::Answer(_), failure) => self.outcome = failure,
            _ => {}
        }
        self
    }

    /// Reports that the answer took so many tokens, read and written; else it is one for every four bytes.
    #[must_use]
    pub fn tokens(mut self, read: usize, written: usize) -> Self {
        self.tokens = Some((read, written));
        self
    }

    /// Holds the answer back for this long.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay += delay;
        self
    }

    /// Takes this long between two words of the answer, and between its other events, if it is streamed.
    #[must_use]
    pub fn pace(mut self, pace: Duration) -> Self {
        self.pace = pace;
        self
    }

    /// Breaks the connection after so many events of the answer, if it is streamed: in the Responses API, the words of
    /// a text begin with the fifth.
    #[must_use]
    pub fn breaks_after(mut self, events: usize) -> Self {
        self.breaks_after = Some(events);
        self
    }

    /// A failure that no retry mends, for scripts that are wrong.
    pub(super) fn broken_script(message: &str) -> Self {
        Self::error(500, &[("x-should-retry", "false")], message)
    }

    pub(super) fn error(status: u16, headers: &[(&str, &str)], message: &str) -> Self {
        let kind = if status < 500 { "invalid_request_error" } else { "server_error" };
        let body = json!({"error": {"message": message, "type": kind, "param": null, "code": null}});
        Self::fails_with(status, headers.iter().copied(), body.to_string())
    }

    fn answer(outputs: Vec<Output>) -> Self {
        Self::of(Outcome::Answer(outputs))
    }

    fn of(outcome: Outcome) -> Self {
        Self { outcome, delay: Duration::ZERO, tokens: None, pace: Duration::ZERO, breaks_after: None }
    }
}
