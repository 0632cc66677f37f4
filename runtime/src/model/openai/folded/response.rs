//! The events of the Responses API, whose last has the whole answer in it.

use super::{Folding, Text, unreadable};
use crate::model::{ModelError, OnText, openai::error};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::borrow::Cow;

/// What has come so far of an answer.
#[derive(Debug, Default)]
pub(in crate::model::openai) struct Response {
    /// The answer, if it has failed and does not say why: Azure does so in an event behind it.
    failed: Option<Vec<u8>>,
}

/// An event, as much of it as matters here.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, rename = "type", default)]
    kind: Cow<'a, str>,
    /// A text, where it is a piece of one.
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
}

impl Response {
    pub(super) fn take(&mut self, data: &str, heard: &OnText) -> Result<Folding, ModelError> {
        let told: Told<'_> = serde_json::from_str(data).map_err(unreadable)?;
        match (&*told.kind, told.response) {
            // What went wrong in the response is found where it is read.
            ("response.completed" | "response.incomplete", Some(whole)) => return Ok(ended(whole)),
            ("response.failed", Some(whole)) => {
                if has_reason(whole) {
                    return Ok(ended(whole));
                }
                self.failed = Some(whole.get().as_bytes().to_vec());
            }
            ("response.output_text.delta", _) => {
                // What is no text says nothing.
                if let Some(delta) = told.delta.filter(|delta| delta.get().starts_with('"')) {
                    let Text(text) = serde_json::from_str(delta.get()).map_err(unreadable)?;
                    if !text.is_empty() {
                        heard(&text);
                    }
                }
            }
            ("error", _) => return Err(error::in_stream(data)),
            // A gateway's way to say that something went wrong behind it.
            ("", _) if data.contains("\"error\"") => return Err(error::in_stream(data)),
            _ => {}
        }
        Ok(Folding::Goes { writing: told.kind.rsplit('.').next() == Some("delta") })
    }

    pub(super) fn failed(self) -> Option<Vec<u8>> {
        self.failed
    }
}

fn ended(whole: &RawValue) -> Folding {
    Folding::Ended(whole.get().as_bytes().to_vec())
}

fn has_reason(whole: &RawValue) -> bool {
    serde_json::from_str::<Value>(whole.get()).is_ok_and(|whole| error::from_inside(&whole).is_some())
}
