//! `Option<T>` as a union of `T` and `null`, as the OpenAI Agents SDK writes it, where schemars writes a list of types.

use serde_json::{Value, json};

/// What describes a value and stays outside the union.
const OUTSIDE: [&str; 4] = ["description", "title", "default", "examples"];

/// What holds schemas by names, which may be any.
const BY_NAME: [&str; 3] = ["properties", "patternProperties", "$defs"];

/// Turns every `"type": ["x", "null"]` at or below `schema` into `"anyOf": [{"type": "x"}, {"type": "null"}]`.
pub(super) fn as_union(schema: &mut Value) {
    match schema {
        Value::Array(children) => children.iter_mut().for_each(as_union),
        Value::Object(object) => {
            for (key, child) in &mut *object {
                match (key.as_str(), child) {
                    // Values, not schemas: they may look like anything.
                    ("default" | "examples" | "enum" | "const", _) => {}
                    (key, Value::Object(named)) if BY_NAME.contains(&key) => named.values_mut().for_each(as_union),
                    (_, child) => as_union(child),
                }
            }
            let Some(Value::Array(types)) = object.get("type") else { return };
            let [Value::String(kind), Value::String(null)] = types.as_slice() else { return };
            if null != "null" {
                return;
            }
            let kind = kind.clone();
            let mut inner = std::mem::take(object);
            inner.insert("type".to_owned(), kind.into());
            if let Some(Value::Array(values)) = inner.get_mut("enum") {
                values.retain(|value| !value.is_null());
            }
            for key in OUTSIDE {
                if let Some(value) = inner.shift_remove(key) {
                    object.insert(key.to_owned(), value);
                }
            }
            object.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_go_in_and_descriptions_stay_out() {
        let mut schema = json!({"type": ["integer", "null"], "minimum": 1, "description": "how many", "default": null});
        as_union(&mut schema);
        assert_eq!(
            schema,
            json!({"description": "how many", "default": null,
                "anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]})
        );
    }

    #[test]
    fn a_property_may_be_called_like_a_keyword() {
        let mut schema = json!({"properties": {"default": {"type": ["string", "null"]}}});
        as_union(&mut schema);
        assert_eq!(schema["properties"]["default"], json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
    }

    #[test]
    fn nested_options_are_found_and_values_left_alone() {
        let mut schema = json!({"type": "array", "items": {"type": ["string", "null"]},
            "default": [{"type": ["string", "null"]}]});
        as_union(&mut schema);
        assert_eq!(schema["items"], json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
        assert_eq!(schema["default"], json!([{"type": ["string", "null"]}]));
    }
}
