//! From Rust types to the JSON schemas that models are told of, and held to. The only place that knows schemars.

use super::ToolDef;
use crate::model::{OutputFormat, ToolDefinition};
pub use schemars::JsonSchema;
use schemars::{Schema, SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

mod optional;
mod rules;
pub(crate) mod strict;

pub use rules::Rules;

/// Makes the schema of one type; `of::<T>` is one.
pub type SchemaFn = fn(&mut SchemaGenerator) -> Schema;

/// A schema that cannot be made, or not be strict, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason} at {at}")]
#[non_exhaustive]
pub struct SchemaError {
    /// Where in the schema: a JSON pointer.
    pub at: String,
    /// What strict mode does not allow, or which rule cannot hold.
    pub reason: String,
}

/// The schema of `T`, with the generator's definitions for what it refers to.
///
/// Bound as decoding is, so that a type that cannot be an argument is reported once.
pub fn of<T: super::ToolArgument>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// The schema of what no model fills in.
pub(super) fn anything(_: &mut SchemaGenerator) -> Schema {
    true.into()
}

fn generator() -> SchemaGenerator {
    SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None).into_generator()
}

/// A tool as a model sees it: name, description, schema of its arguments.
///
/// # Errors
/// When an argument's type is one that strict mode cannot express, and the tool is not `strict = false`; or when an
/// argument has a rule that cannot hold for its type.
pub fn definition(def: &ToolDef) -> Result<ToolDefinition, SchemaError> {
    let strict = def.options.strict;
    let parameters = if strict { strict::make(arguments(def, optional::as_union)?)? } else { closed(def)? };
    let (name, description) = (def.name.to_owned(), def.description.to_owned());
    Ok(ToolDefinition { name, description, parameters, strict })
}

/// The schema of a tool's arguments as it is, for providers that are not held to it.
fn closed(def: &ToolDef) -> Result<Value, SchemaError> {
    let mut root = arguments(def, |_| {})?;
    let properties = root["properties"].as_object();
    let must_be_given = def.args.iter().filter(|arg| arg.default.is_none()).map(|arg| arg.name);
    let required: Vec<&str> = must_be_given
        .filter(|name| !properties.and_then(|properties| properties.get(*name)).is_some_and(may_be_null))
        .collect();
    root["required"] = json!(required);
    root["additionalProperties"] = false.into();
    Ok(root)
}

fn may_be_null(schema: &Value) -> bool {
    let is_null = |kind: &Value| kind == "null";
    match (schema.get("type"), schema.get("anyOf")) {
        (Some(Value::Array(kinds)), _) => kinds.iter().any(is_null),
        (_, Some(Value::Array(any))) => any.iter().any(|one| one.get("type").is_some_and(is_null)),
        // Anything may also be `null`.
        (None, None) => !schema.as_object().is_some_and(|schema| schema.contains_key("$ref")),
        _ => false,
    }
}

/// The schema of a tool's arguments; `shape` puts each part of it into the form that is wanted.
pub(super) fn arguments(def: &ToolDef, shape: fn(&mut Value)) -> Result<Value, SchemaError> {
    let mut generator = generator();
    let mut properties = Map::new();
    for arg in def.args {
        let mut schema = (arg.schema)(&mut generator).to_value();
        if let Some(rules) = arg.rules {
            rules(Rules::default())
                .apply(&mut schema)
                .map_err(|reason| SchemaError { at: format!("/properties/{}", arg.name), reason })?;
        }
        shape(&mut schema);
        if let Value::Object(schema) = &mut schema {
            if !arg.description.is_empty() {
                schema.insert("description".to_owned(), arg.description.into());
            }
            if let Some(default) = arg.default {
                schema.insert("default".to_owned(), default());
            }
        }
        properties.insert(arg.name.to_owned(), schema);
    }
    let mut root = json!({"type": "object", "properties": properties});
    let mut definitions = generator.take_definitions(true);
    definitions.values_mut().for_each(shape);
    if !definitions.is_empty() {
        root["$defs"] = Value::Object(definitions);
    }
    Ok(root)
}

/// The format of an agent's structured answer.
#[derive(Clone, Debug, PartialEq)]
pub struct StructuredOutput {
    pub(crate) format: OutputFormat,
    /// Whether the type is not an object and stands in one, as `{"response": ..}`.
    pub(crate) wrapped: bool,
}

/// The strict schema of an answer of type `T`; what is not an object is wrapped as `{"response": T}`.
///
/// # Errors
/// When the type is one that strict mode cannot express.
pub fn output_of<T: JsonSchema>() -> Result<StructuredOutput, SchemaError> {
    let mut root = generator().into_root_schema_for::<T>().to_value();
    optional::as_union(&mut root);
    // The name of a Rust type tells a model nothing.
    if let Value::Object(root) = &mut root {
        root.remove("title");
    }
    define_root(&mut root, &T::schema_name());
    let wrapped = root.get("type").and_then(Value::as_str) != Some("object");
    if wrapped {
        let definitions = root.as_object_mut().and_then(|root| root.remove("$defs"));
        root = json!({"type": "object", "properties": {"response": root}});
        if let Some(definitions) = definitions {
            root["$defs"] = definitions;
        }
    }
    Ok(StructuredOutput { format: OutputFormat { name: "final_output".into(), schema: strict::make(root)? }, wrapped })
}

/// Gives a type that has itself within a definition of its own. It refers to the root, `#`, which is something else once it
/// is wrapped, and which strict mode does not know.
fn define_root(root: &mut Value, name: &str) {
    let own = format!("#/$defs/{name}");
    if !refer_to(&own, root) {
        return;
    }
    let Value::Object(root) = root else { return };
    let definition: Map<String, Value> =
        root.iter().filter(|(key, _)| !key.starts_with('$')).map(|(key, value)| (key.clone(), value.clone())).collect();
    let definitions = root.entry("$defs").or_insert_with(|| json!({}));
    definitions[name] = Value::Object(definition);
}

/// Has all references to the root lead to `own`; false if there are none.
fn refer_to(own: &str, schema: &mut Value) -> bool {
    let mut is_found = false;
    match schema {
        Value::Object(fields) => {
            for (key, value) in fields {
                if key == "$ref" && value == "#" {
                    *value = own.into();
                    is_found = true;
                } else {
                    is_found |= refer_to(own, value);
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| is_found |= refer_to(own, value)),
        _ => {}
    }
    is_found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::{ArgDef, Runs, ToolOptions};
    use serde::Deserialize;

    /// A unit of temperature.
    #[derive(Deserialize, JsonSchema)]
    enum Unit {
        C,
        F,
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Stay {
        /// Nights to stay.
        nights: u8,
        unit: Option<Unit>,
        note: Option<String>,
    }

    fn sent(args: &'static [ArgDef]) -> Result<Value, SchemaError> {
        let def = ToolDef {
            name: "tool",
            description: "A tool.",
            module: "tests",
            item: "tool",
            args,
            states: &[],
            options: ToolOptions::DEFAULT,
            run: Runs::Function(|_| Box::pin(async { Ok(Value::Null) })),
        };
        definition(&def).map(|definition| definition.parameters)
    }

    #[test]
    fn arguments_become_a_closed_object_in_the_functions_order() {
        let schema = sent(const { &[ArgDef::new::<String>("city", "City name"), ArgDef::new::<Stay>("stay", "")] });
        let expected = json!({
            "type": "object",
            "properties": {"city": {"type": "string", "description": "City name"}, "stay": {"$ref": "#/$defs/Stay"}},
            "$defs": {
                "Stay": {
                    "type": "object",
                    "properties": {
                        "nights": {"type": "integer", "minimum": 0, "maximum": 255,
                            "description": "Nights to stay."},
                        "unit": {"anyOf": [{"$ref": "#/$defs/Unit"}, {"type": "null"}]},
                        "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    },
                    "required": ["nights", "unit", "note"],
                    "additionalProperties": false,
                },
                "Unit": {"type": "string", "enum": ["C", "F"], "description": "A unit of temperature."},
            },
            "required": ["city", "stay"],
            "additionalProperties": false,
        });
        // As text, because the order counts: providers cache prompts byte by byte.
        assert_eq!(schema.expect("strict").to_string(), expected.to_string());
    }

    #[test]
    fn a_default_is_told_and_a_described_type_is_inlined() {
        const UNIT: ArgDef = ArgDef { default: Some(|| "C".into()), ..ArgDef::new::<Unit>("unit", "Which") };
        let schema = sent(&[UNIT]).expect("strict");
        assert_eq!(
            schema["properties"]["unit"],
            json!({"description": "Which", "type": "string", "enum": ["C", "F"], "default": "C"})
        );
    }

    #[test]
    fn no_arguments_is_an_empty_closed_object() {
        let empty = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
        assert_eq!(sent(&[]).expect("strict"), empty);
    }

    #[test]
    fn what_strict_mode_cannot_say_is_refused_with_its_place() {
        let maps = sent(const { &[ArgDef::new::<std::collections::BTreeMap<String, String>>("tags", "")] });
        assert_eq!(maps.expect_err("an open map").at, "/properties/tags");
        let anything = sent(const { &[ArgDef::new::<Value>("value", "")] });
        assert_eq!(anything.expect_err("any JSON").at, "/properties/value");
    }

    #[test]
    fn an_output_that_is_no_object_is_wrapped() {
        let list = output_of::<Vec<u32>>().expect("strict");
        assert!(list.wrapped);
        assert_eq!(list.format.schema["properties"]["response"]["type"], "array");
        assert_eq!(list.format.schema["required"], json!(["response"]));
        let stay = output_of::<Stay>().expect("strict");
        assert!(!stay.wrapped);
        assert_eq!(stay.format.name, "final_output");
        assert_eq!(stay.format.schema.get("title"), None);
    }

    #[derive(Deserialize, JsonSchema)]
    #[expect(dead_code, reason = "only its schema is of interest")]
    struct Tree {
        unit: Unit,
        children: Vec<Tree>,
    }

    #[derive(Deserialize, JsonSchema)]
    #[serde(tag = "kind")]
    #[expect(dead_code, reason = "only its schema is of interest")]
    enum Sum {
        Number { value: u32 },
        Add { left: Box<Sum>, right: Box<Sum> },
    }

    #[test]
    fn an_output_that_has_itself_within_refers_to_a_definition() {
        let tree = output_of::<Tree>().expect("strict");
        let schema = &tree.format.schema;
        let own = json!({"$ref": "#/$defs/Tree"});
        assert_eq!((tree.wrapped, &schema["properties"]["children"]["items"]), (false, &own));
        let definition = &schema["$defs"]["Tree"];
        assert_eq!(definition["properties"], schema["properties"]);
        assert_eq!(definition["additionalProperties"], false);
        assert!(schema["$defs"].get("Unit").is_some());

        let sum = output_of::<Sum>().expect("strict");
        let schema = &sum.format.schema;
        assert!(sum.wrapped && schema["properties"]["response"]["anyOf"].is_array(), "{schema}");
        let add = &schema["$defs"]["Sum"]["anyOf"][1]["properties"]["left"];
        assert_eq!(*add, json!({"$ref": "#/$defs/Sum"}), "and not to what is around it");
    }
}
