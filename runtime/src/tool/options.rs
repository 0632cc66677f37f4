//! How a tool is run: what the options of `#[tool]` set.

use super::{Guard, ToolError, ToolFailure, ToolOutput};
use crate::agent::Turn;
use serde_json::{Map, Value};
use std::{fmt, time::Duration};

/// How a tool is run.
#[derive(Clone, Copy, Debug)]
pub struct ToolOptions {
    /// The longest one attempt may take.
    pub timeout: Duration,
    /// The longest all attempts together may take, with the waits between them and the wait for a worker.
    pub schedule_to_close: Option<Duration>,
    /// The longest time between two signs of life that it gives itself; `None` if it need not.
    pub heartbeat: Option<Duration>,
    /// How often it is tried again after it failed.
    pub retries: u32,
    /// The waits between attempts.
    pub backoff: Backoff,
    /// The names of errors after which it is not tried again.
    pub non_retryable: &'static [&'static str],
    /// The task queue it runs on, if not that of the app.
    pub task_queue: Option<&'static str>,
    /// Before what else on its queue it is run, 1 before 2 before 3; that of its workflow, if it has none.
    pub priority: Option<u32>,
    /// Whether it runs as a local activity, by the worker that has the workflow.
    pub local: bool,
    /// Whether models are held to its schema, which then has to be one that strict mode can express.
    pub strict: bool,
    /// How much of its output a model sees.
    pub max_output: Option<MaxOutput>,
    /// What becomes of its errors.
    pub on_error: OnError,
    /// What it does to the world: an agent has to be granted each of these to have the tool.
    pub effects: &'static [&'static str],
    /// Whether somebody has to approve a call that a model has asked for.
    pub approval: Option<NeedsApproval>,
    /// What looks at the arguments before it is run, when a model has called it.
    pub input_guardrails: &'static [Guard],
    /// What looks at its result before the model does.
    pub output_guardrails: &'static [Guard],
    /// How long a result serves other calls with equal arguments, in the process that has it.
    pub cache: Option<Duration>,
    /// Whether it is run by the workflow's own code, and recorded nowhere.
    pub inline: bool,
    /// Whether the model is offered it in a turn; always, if there is no rule. It is asked by the agent's loop, in a
    /// workflow by code that is replayed, so it has to say the same each time.
    pub enabled: Option<fn(&Turn<'_>) -> bool>,
    /// Words by which tools can be told apart; they mean nothing by themselves.
    pub tags: &'static [&'static str],
}

impl ToolOptions {
    /// What holds where `#[tool]` does not say otherwise.
    pub const DEFAULT: Self = Self {
        timeout: Duration::from_mins(5),
        schedule_to_close: None,
        heartbeat: None,
        retries: 0,
        backoff: Backoff::DEFAULT,
        non_retryable: &[],
        task_queue: None,
        priority: None,
        local: false,
        strict: true,
        max_output: None,
        on_error: OnError::Tell,
        effects: &[],
        approval: None,
        input_guardrails: &[],
        output_guardrails: &[],
        cache: None,
        inline: false,
        enabled: None,
        tags: &[],
    };

    /// What holds where `#[activity]` does not say otherwise.
    ///
    /// A tool's failure is told to a model, which may try again by itself. An activity's is told to the workflow's code, which
    /// is to hear of what lasts, and not of each connection that was reset: so there are three retries, seven seconds of
    /// waits. Not more, and not for ever, as the server would have it: then code that has something else to do, such as to
    /// undo what was done, would not get to it, and a mistake in the activity would look like a workflow that hangs.
    pub const ACTIVITY: Self = Self { retries: 3, strict: false, ..Self::DEFAULT };

    /// Whether trying again, with the same arguments, may end differently.
    pub(crate) fn is_retryable(&self, error: &ToolError) -> bool {
        let is_excluded = error.name.as_deref().is_some_and(|name| self.non_retryable.contains(&name));
        error.kind.is_retryable() && !is_excluded
    }
}

/// Looks at the arguments of a call, and says whether it has to be approved.
pub type ApprovalRule = fn(&Map<String, Value>) -> bool;

/// Which calls of a tool have to be approved.
#[derive(Clone, Copy, Debug, Default)]
pub struct NeedsApproval {
    /// Those with arguments of which this is true; all, if there is no rule. It is asked by the agent's loop, in a workflow
    /// by code that is replayed, so it has to say the same each time.
    pub rule: Option<ApprovalRule>,
    /// How long a decision is waited for, before the call is denied; as long as it takes, if there is none.
    pub deadline: Option<Duration>,
}

/// The waits between the attempts of a tool.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The first wait.
    pub initial: Duration,
    /// By how much each wait is longer than the one before.
    pub coefficient: f64,
    /// The longest wait.
    pub maximum: Duration,
}

impl Backoff {
    /// One second, doubled each time, up to a minute.
    pub const DEFAULT: Self =
        Self { initial: Duration::from_secs(1), coefficient: 2.0, maximum: Duration::from_mins(1) };

    /// The wait after so many attempts.
    pub(crate) fn after(&self, attempts: u32) -> Duration {
        let exponent = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.initial.as_secs_f64() * self.coefficient.powi(exponent);
        Duration::try_from_secs_f64(seconds).map_or(self.longest(), |wait| wait.min(self.longest()))
    }

    /// The longest wait; a first one that is longer is meant, and the server refuses a policy that contradicts itself.
    pub(crate) fn longest(&self) -> Duration {
        self.maximum.max(self.initial)
    }
}

/// How much of a tool's output a model sees; of a [`ToolOutput`], its texts and the JSON of everything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxOutput {
    /// So many bytes of text; what is no text is written as JSON.
    pub bytes: u32,
    /// Whether the beginning of a longer output is shown; else it is an error. Images and files cannot be cut, so
    /// where they are too long by themselves it is one too.
    pub truncates: bool,
}

impl MaxOutput {
    pub(crate) fn hold(self, tool: &str, value: Value) -> Result<Value, ToolError> {
        let limit = usize::try_from(self.bytes).unwrap_or(usize::MAX);
        if let Some(mut output) = ToolOutput::read(&value) {
            let (texts, rest) = output.sizes();
            if texts + rest <= limit {
                return Ok(value);
            }
            if !self.truncates || rest > limit {
                return Err(ToolError::too_large("tool", tool, texts + rest, limit));
            }
            output.cut_texts(limit - rest, cut);
            return serde_json::to_value(output).map_err(ToolError::new);
        }
        let (mut text, is_text) = match value {
            Value::String(text) => (text, true),
            other => (other.to_string(), false),
        };
        if text.len() <= limit {
            // What was no text goes on as what it was.
            return if is_text { Ok(text.into()) } else { serde_json::from_str(&text).map_err(ToolError::new) };
        }
        if !self.truncates {
            return Err(ToolError::too_large("tool", tool, text.len(), limit));
        }
        cut(&mut text, limit);
        Ok(text.into())
    }
}

fn cut(text: &mut String, limit: usize) {
    let whole = text.len();
    text.truncate(text.floor_char_boundary(limit));
    text.push_str(&format!(" … [cut off: these are the first {limit} of {whole} bytes]"));
}

/// What becomes of a tool's error.
#[derive(Clone, Copy)]
pub enum OnError {
    /// The model is told, and the run goes on.
    Tell,
    /// The run fails.
    Fail,
    /// The model is told what this function says of it. It is called by the agent's loop, in a workflow by code that is
    /// replayed, so it has to say the same each time.
    With(fn(&ToolFailure) -> String),
}

impl fmt::Debug for OnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tell => "Tell",
            Self::Fail => "Fail",
            Self::With(_) => "With(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn waits_grow_up_to_the_longest() {
        let backoff = Backoff { maximum: Duration::from_secs(5), ..Backoff::DEFAULT };
        let waits: Vec<u64> = [1, 2, 3, 4, u32::MAX].map(|attempts| backoff.after(attempts).as_secs()).into();
        assert_eq!(waits, [1, 2, 4, 5, 5]);
        let backoff = Backoff { initial: Duration::from_hours(1), ..Backoff::DEFAULT };
        assert_eq!(backoff.after(3), Duration::from_hours(1));
    }

    #[test]
    fn a_long_output_is_cut_at_a_character_or_refused() {
        let cut = MaxOutput { bytes: 4, truncates: true };
        assert_eq!(cut.hold("t", json!("abcd")).expect("short"), json!("abcd"));
        assert_eq!(cut.hold("t", json!([1])).expect("short"), json!([1]));
        let long = cut.hold("t", json!("abcé!")).expect("cut");
        assert_eq!(long, json!("abc … [cut off: these are the first 4 of 6 bytes]"));
        assert!(cut.hold("t", json!({"a": 1})).expect("cut").as_str().is_some_and(|text| text.starts_with("{\"a\"")));
        let refused = MaxOutput { truncates: false, ..cut }.hold("t", json!("abcde")).expect_err("too long");
        assert_eq!(refused.to_string(), "the result of tool `t` is 5 bytes, over the limit of 4; return less");
    }

    #[test]
    fn only_the_texts_of_an_output_are_cut() {
        // An image of 44 bytes, and seven bytes of text.
        let output = || ToolOutput::new().text("abcd").image_url("/a.webp").text("efg");
        let note = |first, whole| format!(" … [cut off: these are the first {first} of {whole} bytes]");
        let cut = |first: &str, second: &str| Some(ToolOutput::new().text(first).image_url("/a.webp").text(second));
        let cases = [
            (51, true, Some(output())),
            (51, false, Some(output())),
            (50, false, None),
            (50, true, cut("abcd", &format!("ef{}", note(2, 3)))),
            (48, true, cut("abcd", &note(0, 3))),
            (45, true, cut(&format!("a{}", note(1, 4)), &note(0, 3))),
            (44, true, cut(&note(0, 4), &note(0, 3))),
            (43, true, None),
        ];
        for (bytes, truncates, expected) in cases {
            let value = serde_json::to_value(output()).expect("it serialises");
            let held = MaxOutput { bytes, truncates }.hold("t", value);
            let expected = expected.map(|output| serde_json::to_value(output).expect("it serialises"));
            let expected =
                expected.ok_or(format!("the result of tool `t` is 51 bytes, over the limit of {bytes}; return less"));
            assert_eq!(held.map_err(|error| error.to_string()), expected, "{bytes} {truncates}");
        }
    }
}
