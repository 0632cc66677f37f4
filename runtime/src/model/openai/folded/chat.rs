//! The chunks of Chat Completions, put together into the answer that they are of.

use super::{
    Folding, Text,
    merge::{append, append_text, merge},
    unreadable,
    usual::Chunk,
};
use crate::model::{
    ModelError, OnText,
    dialect::{Bend, Thoughts},
    openai::error,
};
use serde_json::{Map, Value, json};

/// What the chunks of a chat have come to so far.
#[derive(Debug, Default)]
pub(in crate::model::openai) struct Chat {
    /// How thoughts are told apart from the text that they stand in, and the field that they go to.
    thoughts: Option<(Thoughts, String)>,
    /// Whether the last piece of text was a thought.
    is_thinking: bool,
    /// The fields of the answer beside its choice: the first that each chunk has.
    whole: Map<String, Value>,
    message: Map<String, Value>,
    calls: Vec<Map<String, Value>>,
    finish_reason: Value,
    /// Whether any choice has come.
    has_begun: bool,
}

impl Chat {
    pub(in crate::model::openai) fn new(bend: &Bend) -> Self {
        let thoughts = bend.thoughts.clone().zip(bend.reasoning.first().cloned());
        Self { thoughts, ..Self::default() }
    }

    pub(super) fn take(&mut self, data: &str, heard: &OnText) -> Result<Folding, ModelError> {
        if data.trim() == "[DONE]" {
            if self.has_begun && self.finish_reason.is_null() {
                return Err(error::without_reason());
            }
            return Ok(Folding::Ended(std::mem::take(self).body()));
        }
        // Where a thought is told by a flag, a usual chunk ends it, for it has none.
        if self.thoughts.is_none()
            && let Some(chunk) = Chunk::read(data)
        {
            return self.take_usual(chunk, heard);
        }
        self.take_any(data, heard)
    }

    /// The same as [`Self::take_any`], of a chunk that is seen to hold nothing else.
    fn take_usual(&mut self, chunk: Chunk<'_>, heard: &OnText) -> Result<Folding, ModelError> {
        for (name, value) in chunk.beside() {
            if !self.whole.contains_key(name) {
                let value = serde_json::from_str(value.get()).map_err(unreadable)?;
                self.whole.insert(name.to_owned(), value);
            }
        }
        if let Some(usage) = chunk.usage {
            self.whole.insert("usage".to_owned(), usage);
        }
        let [choice] = chunk.choices;
        if choice.index.is_some_and(|index| index > 0) {
            return Ok(Folding::Goes { writing: false });
        }
        self.has_begun = true;
        if let Some(Text(reason)) = choice.finish_reason {
            self.finish_reason = reason.into();
        }
        let delta = choice.delta;
        let content = delta.content.as_ref().map_or("", |Text(text)| text);
        if !content.is_empty() {
            heard(content);
        }
        let calls = delta.tool_calls.unwrap_or_default();
        let writing = !content.is_empty() || !calls.is_empty();
        for (name, piece) in [("role", delta.role), ("content", delta.content), ("refusal", delta.refusal)] {
            if let Some(Text(piece)) = piece {
                append_text(&mut self.message, name, &piece);
            }
        }
        for call in calls {
            self.add_call(call);
        }
        Ok(Folding::Goes { writing })
    }

    /// Takes in a chunk of whatever shape.
    pub(super) fn take_any(&mut self, data: &str, heard: &OnText) -> Result<Folding, ModelError> {
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

    /// The answer, if it was broken off: no end event would make it whole.
    pub(super) fn failed(self) -> Option<Vec<u8>> {
        let reason = self.finish_reason.as_str()?;
        error::of_reason(reason).is_some().then(|| self.body())
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
        let Some(Value::Object(mut delta)) = choice.get_mut("delta").map(Value::take) else { return false };
        self.tell_apart(&mut delta);
        let mut writing = false;
        // Mistral's are lists, of thoughts and texts; what an answer says are its texts.
        if let Some(Value::Array(parts)) = delta.get("content") {
            let text: String = parts.iter().filter_map(|part| part["text"].as_str()).collect();
            delta.insert("content".to_owned(), text.into());
        }
        for (name, value) in delta {
            match (name.as_str(), value) {
                ("tool_calls", Value::Array(calls)) => {
                    writing |= !calls.is_empty();
                    for call in calls {
                        if let Value::Object(call) = call {
                            self.add_call(call);
                        }
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

    /// Moves a piece of a thought out of the text.
    fn tell_apart(&mut self, delta: &mut Map<String, Value>) {
        let Some((Thoughts { flag, open, close }, field)) = &self.thoughts else { return };
        let mut whole = Value::Object(std::mem::take(delta));
        let is_thought = whole.pointer_mut(flag).map(Value::take) == Some(Value::Bool(true));
        let was_thinking = std::mem::replace(&mut self.is_thinking, is_thought);
        if let Value::Object(fields) = &mut whole {
            if let Some(Value::String(text)) = fields.get("content") {
                if is_thought {
                    let text = text.strip_prefix(open.as_str()).filter(|_| !was_thinking).unwrap_or(text);
                    let text = text.strip_suffix(close.as_str()).unwrap_or(text).to_owned();
                    fields.remove("content");
                    fields.insert(field.clone(), text.into());
                } else if was_thinking && let Some(text) = text.strip_prefix(close.as_str()) {
                    let text = text.to_owned();
                    fields.insert("content".to_owned(), text.into());
                }
            }
            *delta = std::mem::take(fields);
        }
    }

    /// Adds a piece of a call to the call with its index; where a server gives none, to the last, unless it has another id.
    fn add_call(&mut self, mut piece: Map<String, Value>) {
        let index = piece.remove("index").filter(Value::is_number);
        let place = self.calls.iter().rposition(|call| is_piece_of(&piece, index.as_ref(), call));
        let is_last = place.is_some_and(|place| place + 1 == self.calls.len());
        let place = place.filter(|_| index.is_some() || is_last).unwrap_or_else(|| {
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
                            // Some servers say it again with each piece, and some nothing at first.
                            _ if !whole.get(&name).is_some_and(|known| !known.is_null() && known != "") => {
                                whole.insert(name, value);
                            }
                            _ => {}
                        }
                    }
                }
                (_, value) => merge(call, name, value),
            }
        }
    }

    fn body(mut self) -> Vec<u8> {
        if !self.calls.is_empty() {
            // In the order of their indexes, in which they need not have begun.
            self.calls.sort_by_key(|call| call.get("index").and_then(Value::as_u64));
            self.calls.iter_mut().for_each(|call| drop(call.remove("index")));
            let calls = self.calls.into_iter().map(Value::Object).collect();
            self.message.insert("tool_calls".to_owned(), Value::Array(calls));
        }
        if self.has_begun {
            // Moved, where `json!` would copy them.
            let mut choice = Map::from_iter([("index".to_owned(), 0.into())]);
            choice.insert("message".to_owned(), self.message.into());
            choice.insert("finish_reason".to_owned(), self.finish_reason);
            self.whole.insert("choices".to_owned(), Value::Array(vec![choice.into()]));
        }
        Value::Object(self.whole).to_string().into_bytes()
    }
}

/// Whether this goes on with that call, rather than being another one.
fn is_piece_of(piece: &Map<String, Value>, index: Option<&Value>, call: &Map<String, Value>) -> bool {
    fn text(value: Option<&Value>) -> Option<&str> {
        value?.as_str().filter(|text| !text.is_empty())
    }
    fn function<'a>(of: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
        text(of.get("function")?.get(name))
    }
    let (own, theirs) = (text(call.get("id")), text(piece.get("id")));
    // Ollama gives one index to all calls.
    let same_id = theirs.is_none() || own.is_none() || own == theirs;
    let same_index = index.is_none() || call.get("index") == index;
    // Gemini gives no index, and sometimes one id to two calls; each comes whole.
    let is_whole = || {
        function(call, "name").is_some()
            && function(call, "arguments").is_some_and(|text| serde_json::from_str::<Value>(text).is_ok())
    };
    let begins = index.is_none() && function(piece, "name").is_some() && is_whole();
    same_id && same_index && !begins
}
