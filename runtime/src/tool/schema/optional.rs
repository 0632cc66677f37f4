//! `Option<T>` as a union of `T` and `null`, as the OpenAI Agents SDK writes it, where schemars writes a list of types.

use serde_json::{Value, json};

/// What describes a value and stays outside the union.
const OUTSIDE: [&str; 4] = ["description", "title", "default", "examples"];

/// Turns every `"type": ["x", "null"]` at or below `schema` into `"anyOf": [{"type": "x"}, {"type": "null"}]`.
pub(super) fn as_union(schema: &mut Value) {
    match schema {
        Value::Array(children) => children.iter_mut().for_each(as_union),
        Value::Object(object) => {
            // Defaults and examples are values, not schemas, and may look like anything.
            object
                .iter_mut()
                .filter(|(key, _)| !["default", "examples", "enum", "const"].contains(&key.as_str()))
                .for_each(|(_, child)| as_union(child));
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
    fn nested_options_are_found_and_values_left_alone() {
        let mut schema = json!({"type": "array", "items": {"type": ["string", "null"]},
            "default": [{"type": ["string", "null"]}]});
        as_union(&mut schema);
        assert_eq!(schema["items"], json!({"anyOf": [{"type": "string"}, {"type": "null"}]}));
        assert_eq!(schema["default"], json!([{"type": ["string", "null"]}]));
    }
}
