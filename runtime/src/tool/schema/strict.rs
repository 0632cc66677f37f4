//! The rules of OpenAI's strict mode, applied to any JSON schema.
//!
//! They are those of <https://platform.openai.com/docs/guides/structured-outputs>, as the OpenAI Agents SDK applies them.

use super::SchemaError;
use serde_json::{Map, Value, json};

/// Deeper than this a schema is hostile, not useful.
const MAX_DEPTH: usize = 100;
/// More nodes than this likewise.
const MAX_NODES: usize = 100_000;
/// The formats of texts that the OpenAI API takes in strict mode; it refuses a request with any other.
const FORMATS: [&str; 9] = ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];
/// Numbers that JSON, as it is read here, has no room for.
const TOO_LARGE: [&str; 2] = ["uint128", "int128"];
/// What may stand beside a `$ref`: it describes the value and does not constrain it.
const ANNOTATIONS: [&str; 4] = ["description", "title", "default", "examples"];

/// Makes `root` strict, or says why that cannot be.
pub(crate) fn make(mut root: Value) -> Result<Value, SchemaError> {
    if root == json!({}) {
        return Ok(json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false}));
    }
    if root.get("anyOf").is_some() || root.get("oneOf").is_some() {
        return Err(error("", "strict mode takes no union at the root; put it into a field"));
    }
    if root.get("type").is_some_and(Value::is_array) {
        return Err(error("", "strict mode takes no nullable root; put the `Option` into a field"));
    }
    let whole = root.clone();
    let mut walk = Walk { root: &whole, nodes: 0, inlining: Vec::new() };
    walk.schema(&mut root, "", 0)?;
    Ok(root)
}

fn error(at: &str, reason: impl Into<String>) -> SchemaError {
    SchemaError { at: if at.is_empty() { "/".to_owned() } else { at.to_owned() }, reason: reason.into() }
}

struct Walk<'a> {
    /// The schema before any change, where references are looked up.
    root: &'a Value,
    nodes: usize,
    /// The references that are being inlined right now, and where, to notice a circle.
    inlining: Vec<(String, String)>,
}

impl Walk<'_> {
    fn schema(&mut self, node: &mut Value, at: &str, depth: usize) -> Result<(), SchemaError> {
        self.nodes += 1;
        if depth > MAX_DEPTH {
            return Err(error(at, format!("the schema is nested more than {MAX_DEPTH} deep")));
        }
        if self.nodes > MAX_NODES {
            return Err(error(at, format!("the schema has more than {MAX_NODES} nodes")));
        }
        let schema = match node {
            Value::Object(schema) => schema,
            Value::Bool(_) => {
                return Err(error(at, "strict mode needs a type, and this value may be anything"));
            }
            _ => return Err(error(at, "not a schema")),
        };
        if schema.is_empty() {
            return Err(error(at, "strict mode needs a type, and this value may be anything"));
        }
        if schema.contains_key("$ref") {
            return self.reference(node, at, depth);
        }
        if let Some(format) = schema.get("format").and_then(Value::as_str) {
            if TOO_LARGE.contains(&format) {
                return Err(error(at, "a number of 128 bits has no place in JSON; use 64 bits, or a text"));
            }
            if !FORMATS.contains(&format) {
                schema.shift_remove("format");
            }
        }
        // Not taken in strict mode either; a set does without what it is given twice.
        schema.shift_remove("uniqueItems");
        tuple_as_list(schema);
        if schema.get("type").and_then(Value::as_str) == Some("array") && !schema.contains_key("items") {
            return Err(error(at, "strict mode needs to know what a list holds"));
        }
        if let Some(one_of) = schema.shift_remove("oneOf")
            && schema.insert("anyOf".to_owned(), one_of).is_some()
        {
            return Err(error(at, "`anyOf` beside `oneOf` cannot be kept in strict mode"));
        }
        if let Some(Value::Array(mut all)) = schema.shift_remove("allOf") {
            if all.len() == 1 {
                return self.merge(node, all.remove(0), at, depth);
            }
            schema.insert("allOf".to_owned(), Value::Array(all));
        }
        if schema.get("default") == Some(&Value::Null) {
            schema.shift_remove("default");
        }
        close_object(schema, at)?;
        for key in ["properties", "$defs", "definitions"] {
            if let Some(Value::Object(children)) = schema.get_mut(key) {
                for (name, child) in children {
                    self.schema(child, &format!("{at}/{key}/{name}"), depth + 1)?;
                }
            }
        }
        for key in ["anyOf", "allOf"] {
            if let Some(Value::Array(children)) = schema.get_mut(key) {
                for (index, child) in children.iter_mut().enumerate() {
                    self.schema(child, &format!("{at}/{key}/{index}"), depth + 1)?;
                }
            }
        }
        if let Some(items) = schema.get_mut("items") {
            self.schema(items, &format!("{at}/items"), depth + 1)?;
        }
        Ok(())
    }

    /// A lone `$ref` stays; one beside annotations is replaced by what it refers to.
    fn reference(&mut self, node: &mut Value, at: &str, depth: usize) -> Result<(), SchemaError> {
        let Value::Object(schema) = &*node else { return Ok(()) };
        let Some(Value::String(reference)) = schema.get("$ref").cloned() else {
            return Err(error(at, "`$ref` is not a string"));
        };
        let Some(pointer) = reference.strip_prefix('#').filter(|pointer| pointer.starts_with('/')) else {
            return Err(error(at, format!("the reference `{reference}` does not start with `#/`")));
        };
        if schema.len() == 1 {
            return Ok(());
        }
        let Some(mut target) = self.root.pointer(pointer).cloned() else {
            return Err(error(at, format!("the reference `{reference}` leads nowhere")));
        };
        for (key, own) in schema {
            let is_kept = match (key.as_str(), &mut target) {
                ("$ref", _) => true,
                ("type", Value::Object(target)) => target.get("type") == Some(own),
                // One object in two parts, as the variants of a tagged enum are written: the tag, and the rest.
                ("properties" | "required", Value::Object(target)) => join(own, target.get_mut(key)),
                (key, _) => ANNOTATIONS.contains(&key),
            };
            if !is_kept {
                return Err(error(at, format!("`{key}` beside a `$ref` cannot be kept in strict mode")));
            }
        }
        match self.inlining.iter().find(|(inlined, _)| *inlined == reference) {
            Some((_, place)) if place == at => {
                return Err(error(at, format!("the reference `{reference}` goes round in a circle")));
            }
            // A type that holds itself: it can be told once what it is, and then only be named.
            Some(_) => {
                *node = json!({"$ref": reference});
                return Ok(());
            }
            None => {}
        }
        if let Value::Object(schema) = node {
            schema.retain(|key, _| !["$ref", "properties", "required"].contains(&key.as_str()));
        }
        self.inlining.push((reference, at.to_owned()));
        let merged = self.merge(node, target, at, depth);
        self.inlining.pop();
        merged
    }

    /// Puts `base` under `node`; where both have a key, the node's own wins.
    fn merge(&mut self, node: &mut Value, base: Value, at: &str, depth: usize) -> Result<(), SchemaError> {
        let (Value::Object(own), Value::Object(mut merged)) = (node.take(), base) else {
            return Err(error(at, "not a schema"));
        };
        merged.extend(own);
        *node = Value::Object(merged);
        self.schema(node, at, depth + 1)
    }
}

/// Puts what a schema says beside a reference in front of what it refers to; says whether that goes together.
fn join(own: &Value, base: Option<&mut Value>) -> bool {
    match (own, base) {
        (Value::Object(own), Some(Value::Object(base))) if own.keys().all(|key| !base.contains_key(key)) => {
            let rest = std::mem::replace(base, own.clone());
            base.extend(rest);
            true
        }
        (Value::Array(own), Some(Value::Array(base))) => {
            base.splice(0..0, own.iter().cloned());
            true
        }
        _ => false,
    }
}

/// A tuple is a list of as many of any of its types: strict mode knows no others.
fn tuple_as_list(schema: &mut Map<String, Value>) {
    let Some(Value::Array(places)) = schema.shift_remove("prefixItems") else { return };
    let mut kinds: Vec<Value> = Vec::new();
    for place in places {
        if !kinds.contains(&place) {
            kinds.push(place);
        }
    }
    let items = if kinds.len() == 1 { kinds.remove(0) } else { json!({"anyOf": kinds}) };
    schema.insert("items".to_owned(), items);
}

/// Objects are closed and require all their properties, in order.
fn close_object(schema: &mut Map<String, Value>, at: &str) -> Result<(), SchemaError> {
    if schema.contains_key("properties") && !schema.contains_key("type") {
        schema.insert("type".to_owned(), "object".into());
    }
    let is_object = match schema.get("type") {
        Some(Value::String(one)) => one == "object",
        Some(Value::Array(several)) => several.iter().any(|one| one == "object"),
        _ => false,
    };
    if !is_object {
        return Ok(());
    }
    let is_open = schema.get("additionalProperties").is_some_and(|others| *others != false);
    if is_open || schema.contains_key("patternProperties") {
        return Err(error(at, "an open map has no place in strict mode; use a list of key and value"));
    }
    let properties = schema.entry("properties").or_insert_with(|| json!({}));
    let required: Vec<Value> = properties
        .as_object()
        .map(|properties| properties.keys().cloned().map(Value::String).collect())
        .unwrap_or_default();
    schema.insert("required".to_owned(), required.into());
    schema.insert("additionalProperties".to_owned(), false.into());
    Ok(())
}

#[cfg(test)]
#[path = "strict_tests.rs"]
mod tests;
