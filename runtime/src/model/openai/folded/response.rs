//! The events of the Responses API, whose last has the whole answer in it.

use super::{Folding, Text, unreadable};
use crate::model::{ModelError, OnText, openai::error};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use std::{borrow::Cow, collections::BTreeMap};

/// What has come so far of an answer.
#[derive(Debug, Default)]
pub(in crate::model::openai) struct Response {
    /// The answer, if it has failed and does not say why: Azure does so in an event behind it.
    failed: Option<Vec<u8>>,
    /// Its items that are done, by their places: some servers leave them out of the last event.
    done: BTreeMap<u64, Box<RawValue>>,
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
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    output_index: Option<u64>,
}

/// The end of an answer, as far as it says what came out.
#[derive(Deserialize)]
struct Outcome<'a> {
    #[serde(borrow, default)]
    output: Option<Vec<&'a RawValue>>,
}

impl Response {
    pub(super) fn take(&mut self, data: &str, heard: &OnText) -> Result<Folding, ModelError> {
        let told: Told<'_> = serde_json::from_str(data).map_err(unreadable)?;
        match (&*told.kind, told.response) {
            // What went wrong in the response is found where it is read.
            ("response.completed" | "response.incomplete", Some(whole)) => {
                return self.whole(whole).map(Folding::Ended);
            }
            ("response.output_item.done", _) => {
                let place = told.output_index.unwrap_or(self.done.len() as u64);
                self.done.extend(told.item.map(|item| (place, item.to_owned())));
            }
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

    /// The answer with its items, wherever they were said.
    fn whole(&self, whole: &RawValue) -> Result<Vec<u8>, ModelError> {
        let Outcome { output } = serde_json::from_str(whole.get()).map_err(unreadable)?;
        if self.done.is_empty() || output.is_some_and(|output| !output.is_empty()) {
            return Ok(whole.get().as_bytes().to_vec());
        }
        let mut whole: Value = serde_json::from_str(whole.get()).map_err(unreadable)?;
        let items: Result<Vec<Value>, _> = self.done.values().map(|item| serde_json::from_str(item.get())).collect();
        whole["output"] = items.map_err(unreadable)?.into();
        Ok(whole.to_string().into_bytes())
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
