//! Puts the pieces of a value together that a server sends one by one.

use serde_json::{Map, Value};

/// Goes on with a text; of anything else, see [`merge`].
pub(super) fn append(to: &mut Map<String, Value>, name: String, value: Value) {
    match (to.get_mut(&name), value) {
        (Some(Value::String(text)), Value::String(more)) if name != "role" => text.push_str(&more),
        (_, value) => merge(to, name, value),
    }
}

/// The same, with a piece of text that is only lent.
pub(super) fn append_text(to: &mut Map<String, Value>, name: &str, piece: &str) {
    match to.get_mut(name) {
        Some(Value::String(text)) if name != "role" => text.push_str(piece),
        _ => merge(to, name.to_owned(), piece.into()),
    }
}

/// Adds to objects and lists what they do not have; of anything else, what came first and was not null stays.
pub(super) fn merge(to: &mut Map<String, Value>, name: String, value: Value) {
    match (to.get_mut(&name), value) {
        (_, Value::Null) => {}
        (None | Some(Value::Null), value) => drop(to.insert(name, value)),
        (Some(Value::Object(own)), Value::Object(more)) => {
            more.into_iter().for_each(|(name, value)| merge(own, name, value));
        }
        (Some(Value::Array(own)), Value::Array(more)) => more.into_iter().for_each(|piece| add(own, piece)),
        (Some(_), _) => {}
    }
}

/// Adds an element to a list, or what it has to the last one, where its index says that it is a piece of that.
fn add(elements: &mut Vec<Value>, piece: Value) {
    match (elements.last_mut(), piece) {
        (Some(Value::Object(last)), Value::Object(piece))
            if piece.get("index").is_some_and(Value::is_number)
                && piece.get("index") == last.get("index")
                && piece.get("type") == last.get("type") =>
        {
            for (name, value) in piece {
                if matches!(name.as_str(), "text" | "summary") {
                    append(last, name, value);
                } else {
                    merge(last, name, value);
                }
            }
        }
        (_, piece) => elements.push(piece),
    }
}
