//! A streamed answer, folded into the whole that the server would have sent without streaming.
//!
//! Text is told as it comes; everything else is read from the whole, by the same readers. An answer is complete only
//! after its end event, whatever came before.

use super::error;
use crate::model::{ModelError, ModelErrorClass, OnText};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

/// One of the two APIs' ways to stream.
#[derive(Debug)]
pub(super) enum Folded {
    /// The end event of the Responses API has the whole in it.
    Response,
    /// The chunks of Chat Completions have to be put together.
    Chat(Box<Chat>),
}

/// What an event meant.
pub(super) enum Folding {
    /// More is to come; `writing` says whether a text or a call is being written, and no thought thought.
    Goes { writing: bool },
    /// The body of the whole answer.
    Ended(Vec<u8>),
}

/// An event of the Responses API, as much of it as matters here.
#[derive(Deserialize)]
struct Told<'a> {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    delta: Value,
    #[serde(borrow, default)]
    response: Option<&'a RawValue>,
}

impl Folded {
    /// Takes in the data of the next event.
    ///
    /// # Errors
    /// When it is no JSON, or says that something went wrong.
    pub(super) fn take(&mut self, data: &str, heard: &OnText) -> Result<Folding, ModelError> {
        match self {
            Self::Response => response(data, heard),
            Self::Chat(chat) => chat.take(data, heard),
        }
    }
}

fn unreadable(_: serde_json::Error) -> ModelError {
    ModelError::new(ModelErrorClass::Malformed, "the answer's stream has an event that is not JSON")
}

fn response(data: &str, heard: &OnText) -> Result<Folding, ModelError> {
    let told: Told<'_> = serde_json::from_str(data).map_err(unreadable)?;
    match (told.kind.as_str(), told.response) {
        // What went wrong in the response is found where it is read.
        ("response.completed" | "response.incomplete" | "response.failed", Some(whole)) => {
            return Ok(Folding::Ended(whole.get().as_bytes().to_vec()));
        }
        ("response.output_text.delta", _) => {
            if let Some(text) = told.delta.as_str().filter(|text| !text.is_empty()) {
                heard(text);
            }
        }
        ("error", _) => return Err(error::in_stream(data)),
        // A gateway's way to say that something went wrong behind it.
        ("", _) if data.contains("\"error\"") => return Err(error::in_stream(data)),
        _ => {}
    }
    Ok(Folding::Goes { writing: told.kind.rsplit('.').next() == Some("delta") })
}

/// What the chunks of a chat have come to so far.
#[derive(Debug, Default)]
pub(super) struct Chat {
    /// The fields of the answer beside its choice: the first that each chunk has.
    whole: Map<String, Value>,
    message: Map<String, Value>,
    calls: Vec<Map<String, Value>>,
    finish_reason: Value,
    /// Whether any choice has come.
    has_begun: bool,
}

impl Chat {
    fn take(&mut self, data: &str, heard: &OnText) -> Result<Folding, ModelError> {
        if data.trim() == "[DONE]" {
            return Ok(Folding::Ended(std::mem::take(self).body()));
        }
        let chunk: Value = serde_json::from_str(data).map_err(unreadable)?;
        if let Some(error) = error::from_inside(&chunk).or_else(|| error::from_inside(chunk.pointer("/choices/0")?)) {
            return Err(error);
        }
        let Value::Object(chunk) = chunk else { return Ok(Folding::Goes { writing: false }) };
        let mut writing = false;
        for (name, value) in chunk {
            match (name.as_str(), value) {
                ("choices", Value::Array(choices)) => {
                    for choice in choices {
                        writing |= self.add(choice, heard);
                    }
                }
                (_, Value::Null) => {}
                // The last chunk has it whole.
                ("usage", usage) => drop(self.whole.insert(name, usage)),
                (_, value) => drop(self.whole.entry(name).or_insert(value)),
            }
        }
        Ok(Folding::Goes { writing })
    }

    /// Adds what a choice brings; there is one, since one is asked for. Says whether it was anything.
    fn add(&mut self, mut choice: Value, heard: &OnText) -> bool {
        if choice.get("index").and_then(Value::as_u64).is_some_and(|index| index > 0) {
            return false;
        }
        self.has_begun = true;
        if let Some(reason @ Value::String(_)) = choice.get_mut("finish_reason").map(Value::take) {
            self.finish_reason = reason;
        }
        let Some(Value::Object(delta)) = choice.get_mut("delta").map(Value::take) else { return false };
        let mut writing = false;
        for (name, value) in delta {
            match (name.as_str(), value) {
                ("tool_calls", Value::Array(calls)) => {
                    writing |= !calls.is_empty();
                    for call in calls {
                        self.add_call(call);
                    }
                }
                ("content", Value::String(text)) => {
                    if !text.is_empty() {
                        heard(&text);
                        writing = true;
                    }
                    append(&mut self.message, name, Value::String(text));
                }
                (_, value) => append(&mut self.message, name, value),
            }
        }
        writing
    }

    /// Adds a piece of a call to the call with its index; where a server gives none, to the last, unless it has another id.
    fn add_call(&mut self, piece: Value) {
        let Value::Object(mut piece) = piece else { return };
        let place = if let Some(index) = piece.remove("index").and_then(|index| index.as_u64()) {
            let index = json!(index);
            self.calls.iter().position(|call| call.get("index") == Some(&index)).ok_or(Some(index))
        } else {
            let id = piece.get("id").filter(|id| id.as_str().is_some_and(|id| !id.is_empty()));
            let last = self.calls.last().filter(|last| id.is_none() || last.get("id") == id);
            last.map(|_| self.calls.len() - 1).ok_or(None)
        };
        let place = place.unwrap_or_else(|index| {
            self.calls.push(index.map(|index| ("index".to_owned(), index)).into_iter().collect());
            self.calls.len() - 1
        });
        let call = &mut self.calls[place];
        for (name, value) in piece {
            match (name.as_str(), value) {
                ("function", Value::Object(function)) => {
                    let whole = call.entry(name).or_insert_with(|| json!({}));
                    let Value::Object(whole) = whole else { continue };
                    for (name, value) in function {
                        match name.as_str() {
                            "arguments" => append(whole, name, value),
                            // Some servers say it again with each piece.
                            _ => drop(whole.entry(name).or_insert(value)),
                        }
                    }
                }
                (_, Value::Null) => {}
                (_, value) => drop(call.entry(name).or_insert(value)),
            }
        }
    }

    fn body(mut self) -> Vec<u8> {
        if !self.calls.is_empty() {
            // In the order of their indexes, in which they need not have begun.
            self.calls.sort_by_key(|call| call.get("index").and_then(Value::as_u64));
            self.calls.iter_mut().for_each(|call| drop(call.remove("index")));
            self.message.insert("tool_calls".to_owned(), json!(self.calls));
        }
        if self.has_begun {
            let choice = json!({"index": 0, "message": self.message, "finish_reason": self.finish_reason});
            self.whole.insert("choices".to_owned(), json!([choice]));
        }
        Value::Object(self.whole).to_string().into_bytes()
    }
}

/// Goes on with a text; of anything else the first that is not null stays.
fn append(to: &mut Map<String, Value>, name: String, value: Value) {
    match (to.get_mut(&name), value) {
        (Some(Value::String(text)), Value::String(more)) if name != "role" => text.push_str(&more),
        (_, Value::Null) | (Some(_), _) => {}
        (None, value) => drop(to.insert(name, value)),
    }
}
