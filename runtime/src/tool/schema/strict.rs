//! The rules of OpenAI's strict mode, applied to any JSON schema.
//!
//! They are those of <https://platform.openai.com/docs/guides/structured-outputs>, as the OpenAI Agents SDK applies them.

use super::SchemaError;
use serde_json::{Map, Value, json};

/// Deeper than this a schema is hostile, not useful.
const MAX_DEPTH: usize = 100;
/// More nodes than this likewise.
const MAX_NODES: usize = 100_000;
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
    /// The references that are being inlined right now, to notice a circle.
    inlining: Vec<String>,
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
        if schema.contains_key("prefixItems") {
            return Err(error(at, "a tuple has no place in strict mode; use a struct, or a list of one type"));
        }
        if schema.get("type").and_then(Value::as_str) == Some("array") && !schema.contains_key("items") {
            return Err(error(at, "strict mode needs to know what a list holds"));
        }
        if let Some(one_of) = schema.remove("oneOf")
            && schema.insert("anyOf".to_owned(), one_of).is_some()
        {
            return Err(error(at, "`anyOf` beside `oneOf` cannot be kept in strict mode"));
        }
        if let Some(Value::Array(mut all)) = schema.remove("allOf") {
            if all.len() == 1 {
                return self.merge(node, all.remove(0), at, depth);
            }
            schema.insert("allOf".to_owned(), Value::Array(all));
        }
        if schema.get("default") == Some(&Value::Null) {
            schema.remove("default");
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
        if let Some(items) = schema.get_mut("items").filter(|items| !items.is_boolean()) {
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
        if let Some(key) = schema.keys().find(|key| *key != "$ref" && !ANNOTATIONS.contains(&key.as_str())) {
            return Err(error(at, format!("`{key}` beside a `$ref` cannot be kept in strict mode")));
        }
        if schema.len() == 1 {
            return Ok(());
        }
        if self.inlining.contains(&reference) {
            return Err(error(at, format!("the reference `{reference}` goes round in a circle")));
        }
        let Some(target) = self.root.pointer(pointer).cloned() else {
            return Err(error(at, format!("the reference `{reference}` leads nowhere")));
        };
        if let Value::Object(schema) = node {
            schema.remove("$ref");
        }
        self.inlining.push(reference);
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
    match schema.get("additionalProperties") {
        None | Some(Value::Bool(false)) => {}
        Some(_) => {
            return Err(error(at, "an open map has no place in strict mode; use a list of key and value"));
        }
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
mod tests {
    use super::*;

    fn refused(schema: Value) -> String {
        make(schema).expect_err("must be refused").to_string()
    }

    #[test]
    fn nothing_becomes_an_empty_closed_object() {
        let expected = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
        assert_eq!(make(json!({})).expect("strict"), expected);
    }

    #[test]
    fn objects_are_closed_and_require_everything_in_order() {
        let made = make(json!({"properties": {"b": {"type": "string"}, "a": {"type": "object"}}})).expect("strict");
        assert_eq!(
            made,
            json!({"properties": {"b": {"type": "string"},
                    "a": {"type": "object", "properties": {}, "required": [], "additionalProperties": false}},
                "type": "object", "required": ["b", "a"], "additionalProperties": false})
        );
        assert_eq!(made["required"], json!(["b", "a"]), "the source's order is kept");
    }

    #[test]
    fn open_maps_are_refused_where_they_stand() {
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let text = refused(json!({"type": "object", "properties": {"tags": map}}));
        assert_eq!(text, "an open map has no place in strict mode; use a list of key and value at /properties/tags");
    }

    #[test]
    fn one_of_becomes_any_of_and_a_single_all_of_is_inlined() {
        let made = make(json!({"type": "object", "properties": {
            "either": {"oneOf": [{"type": "string"}, {"type": "null"}]},
            "single": {"allOf": [{"type": "integer"}], "description": "d"},
            "several": {"allOf": [{"type": "object", "properties": {"x": {"type": "string"}}}, {"type": "object"}]},
        }}))
        .expect("strict");
        let properties = &made["properties"];
        assert_eq!(properties["either"], json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
        assert_eq!(properties["single"], json!({"type": "integer", "description": "d"}));
        assert_eq!(properties["several"]["allOf"][0]["required"], json!(["x"]));
        assert_eq!(properties["several"]["allOf"][1]["additionalProperties"], json!(false));
    }

    #[test]
    fn only_a_null_default_is_dropped() {
        let made = make(json!({"type": "object", "properties": {
            "none": {"type": "string", "default": null}, "some": {"type": "string", "default": "x"}}}))
        .expect("strict");
        assert_eq!(made["properties"]["none"], json!({"type": "string"}));
        assert_eq!(made["properties"]["some"], json!({"type": "string", "default": "x"}));
    }

    #[test]
    fn references_stay_alone_and_are_inlined_beside_annotations() {
        let made = make(json!({"type": "object",
            "properties": {"a": {"$ref": "#/$defs/Unit"}, "b": {"$ref": "#/$defs/Unit", "description": "which"}},
            "$defs": {"Unit": {"type": "string", "enum": ["C", "F"], "description": "a unit"}}}))
        .expect("strict");
        assert_eq!(made["properties"]["a"], json!({"$ref": "#/$defs/Unit"}));
        assert_eq!(made["properties"]["b"], json!({"type": "string", "enum": ["C", "F"], "description": "which"}));
    }

    #[test]
    fn hostile_references_are_refused() {
        let beside = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/X", "minimum": 1}}, "$defs": {}});
        assert_eq!(refused(beside), "`minimum` beside a `$ref` cannot be kept in strict mode at /properties/a");
        let circle = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/X", "title": "t"}},
            "$defs": {"X": {"$ref": "#/$defs/X", "title": "t"}}});
        assert!(refused(circle).contains("goes round in a circle"));
        let outside = json!({"type": "object", "properties": {"a": {"$ref": "http://example.com/x"}}});
        assert!(refused(outside).contains("does not start with `#/`"));
        let nowhere = json!({"type": "object", "properties": {"a": {"$ref": "#/$defs/Y", "title": "t"}}});
        assert!(refused(nowhere).contains("leads nowhere"));
    }

    #[test]
    fn roots_that_are_unions_or_nullable_are_refused() {
        assert!(refused(json!({"anyOf": [{"type": "object"}]})).contains("no union at the root"));
        assert!(refused(json!({"type": ["object", "null"]})).contains("no nullable root"));
    }

    #[test]
    fn depth_and_size_are_bounded() {
        let mut deep = json!({"type": "string"});
        for _ in 0..=MAX_DEPTH {
            deep = json!({"type": "array", "items": deep});
        }
        assert!(refused(deep).contains("nested more than 100 deep"));
        let many: Map<String, Value> =
            (0..=MAX_NODES).map(|index| (index.to_string(), json!({"type": "string"}))).collect();
        assert!(refused(json!({"type": "object", "properties": many})).contains("more than 100000 nodes"));
    }

    #[test]
    fn lists_are_of_one_known_type() {
        let tuple = json!({"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]});
        let schema = json!({"type": "object", "properties": {"point": tuple}});
        assert_eq!(
            refused(schema),
            "a tuple has no place in strict mode; use a struct, or a list of one type at /properties/point"
        );
        let schema = json!({"type": "object", "properties": {"list": {"type": "array"}}});
        assert!(refused(schema).contains("what a list holds"));
    }

    #[test]
    fn anything_is_not_a_type() {
        assert!(refused(json!({"type": "object", "properties": {"a": true}})).contains("may be anything"));
        assert!(refused(json!({"type": "object", "properties": {"a": {}}})).contains("may be anything"));
    }
}
