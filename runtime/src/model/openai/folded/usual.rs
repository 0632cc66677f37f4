//! A chunk of the usual shape, most of which is lent rather than copied: there is one for each token, and its text is but a
//! small part of it.
//!
//! Whatever has another shape is none of these, and is read as any JSON is.

use super::Text;
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

/// A chunk with one choice, and beside it nothing but what OpenAI's have.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) choices: [Choice<'a>; 1],
    pub(super) usage: Option<Value>,
    id: Option<&'a RawValue>,
    object: Option<&'a RawValue>,
    created: Option<&'a RawValue>,
    model: Option<&'a RawValue>,
    service_tier: Option<&'a RawValue>,
    system_fingerprint: Option<&'a RawValue>,
    obfuscation: Option<&'a RawValue>,
}

/// A choice; nobody wants to know more of it, unless there is an error in it.
#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    pub(super) index: Option<u64>,
    #[serde(borrow)]
    pub(super) delta: Delta<'a>,
    pub(super) finish_reason: Option<Text<'a>>,
    #[serde(default, rename = "error")]
    _error: (),
}

/// A piece of the message.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Delta<'a> {
    #[serde(borrow)]
    pub(super) role: Option<Text<'a>>,
    pub(super) content: Option<Text<'a>>,
    pub(super) refusal: Option<Text<'a>>,
    /// With whatever a server adds to them.
    pub(super) tool_calls: Option<Vec<Map<String, Value>>>,
    // What some servers name where there is nothing of it.
    #[serde(default, rename = "function_call")]
    _function_call: (),
    #[serde(default, rename = "reasoning")]
    _reasoning: (),
    #[serde(default, rename = "reasoning_content")]
    _reasoning_content: (),
}

impl<'a> Chunk<'a> {
    /// The chunk, if it is of the usual shape.
    pub(super) fn read(data: &'a str) -> Option<Self> {
        serde_json::from_str(data).ok()
    }

    /// The fields beside the choice that are the same in all chunks, or of no use, as they come.
    pub(super) fn beside(&self) -> impl Iterator<Item = (&'static str, &'a RawValue)> + use<'a> {
        let fields = [
            ("id", self.id),
            ("object", self.object),
            ("created", self.created),
            ("model", self.model),
            ("service_tier", self.service_tier),
            ("system_fingerprint", self.system_fingerprint),
            ("obfuscation", self.obfuscation),
        ];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}
