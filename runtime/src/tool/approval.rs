//! What a call looks like to whoever has to approve it, and what they say.

use super::AnyTool;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::{
    fmt::{self, Write as _},
    time::SystemTime,
};

/// A call that waits for somebody to approve it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Approval {
    /// What a decision about it names: a digest of the run, the call, the tool with its schema, and the arguments, so that
    /// nothing else can be done under it. Empty where it is asked about at once, by `.on_approval(..)`.
    #[serde(default)]
    pub id: String,
    /// The agent whose model asked for the call.
    pub agent: String,
    /// The tool.
    pub tool: String,
    /// The model's id of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<String>,
    /// The arguments, exactly as the tool would get them.
    pub arguments: Value,
    /// When it is denied if nobody has decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<SystemTime>,
    /// The run that asks; the id is a digest of it too.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(crate) run: String,
}

impl Approval {
    /// The id in this run. It covers everything that would be done, so that it cannot stand for anything else.
    pub(crate) fn id_in(&self, run: &str, tool: &AnyTool) -> String {
        let schema = tool.definition().map(|definition| definition.parameters.to_string()).unwrap_or_default();
        let call = self.call_id.as_deref().unwrap_or_default();
        let arguments = self.arguments.to_string();
        let mut hash = Sha256::new();
        for part in [run, &self.agent, call, &self.tool, &schema, &arguments] {
            hash.update(part.len().to_be_bytes());
            hash.update(part);
        }
        hash.finalize().iter().take(16).fold(String::new(), |mut id, byte| {
            // Writing to a `String` cannot fail.
            let _ = write!(id, "{byte:02x}");
            id
        })
    }

    /// Whether somebody may still decide at this time.
    ///
    /// # Errors
    /// When the deadline has passed.
    pub(crate) fn in_time(&self, now: Option<SystemTime>) -> Result<(), DecisionError> {
        match (self.deadline, now) {
            (Some(deadline), Some(now)) if deadline < now => Err(DecisionError::Late),
            _ => Ok(()),
        }
    }
}

/// Why a decision was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecisionError {
    /// It does not say whose it is.
    #[error("a decision says who has made it; `by` is empty")]
    Nameless,
    /// Somebody else was first.
    #[error("{by} has decided that already")]
    Decided {
        /// Who.
        by: String,
    },
    /// It is about nothing that waits.
    #[error("no approval `{id}` is waited for; it may have been decided already")]
    Unknown {
        /// The id it names.
        id: String,
    },
    /// The deadline has denied the call.
    #[error("the time to decide is over")]
    Late,
}

/// For a terminal or a page: whatever could deceive whoever reads it is written as an escape.
impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("agent `{}` wants to call `{}` with {}", self.agent, self.tool, self.arguments);
        text.chars()
            .try_for_each(|c| if is_deceptive(c) { write!(f, "{}", c.escape_unicode()) } else { write!(f, "{c}") })
    }
}

/// Control characters, and those that change the direction or hide in the text around them.
fn is_deceptive(c: char) -> bool {
    let is_hidden = matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    c.is_control() || is_hidden
}

/// What somebody has decided about an [`Approval`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Decision {
    /// The id of the approval.
    #[serde(default)]
    pub id: String,
    /// Whether the call is to be made.
    pub approved: bool,
    /// Who says so.
    pub by: String,
    /// Whether the same is decided for all later calls of the tool in the run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub always: bool,
    /// What the model is told of a call that is not made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it was decided; noted where it is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<SystemTime>,
}

impl Decision {
    /// The call is to be made.
    #[must_use]
    pub fn approve(by: impl Into<String>) -> Self {
        Self { id: String::new(), approved: true, by: by.into(), always: false, message: None, at: None }
    }

    /// The call is not to be made.
    #[must_use]
    pub fn reject(by: impl Into<String>) -> Self {
        Self { approved: false, ..Self::approve(by) }
    }

    /// Decides the same for all other calls of the tool in this run, those that wait already and those to come.
    #[must_use]
    pub fn always(self) -> Self {
        Self { always: true, ..self }
    }

    /// What a deadline decides.
    pub(crate) fn late() -> Self {
        Self::reject("the deadline").message("Nobody has approved it in time.")
    }

    /// Whether it is one.
    ///
    /// # Errors
    /// When nobody has made it.
    pub(crate) fn check(&self) -> Result<(), DecisionError> {
        if self.by.trim().is_empty() { Err(DecisionError::Nameless) } else { Ok(()) }
    }

    /// Says what the model is told of a call that is not made.
    #[must_use]
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_in_the_arguments_can_hide_from_whoever_reads_them() {
        let approval = Approval {
            id: String::new(),
            agent: "Clerk".to_owned(),
            tool: "pay".to_owned(),
            call_id: None,
            arguments: json!({"to": "Ann\u{1b}[2K\u{9b}31m\u{202e}nnA\u{200b}", "euros": 5}),
            deadline: None,
            run: String::new(),
        };
        assert_eq!(
            approval.to_string(),
            r#"agent `Clerk` wants to call `pay` with {"to":"Ann\u001b[2K\u{9b}31m\u{202e}nnA\u{200b}","euros":5}"#
        );
    }
}
