//! From the model's JSON to the arguments of a function, one by one, with errors that say which and where.

use super::{
    ArgDef, ToolDef,
    mistakes::{Mistake, Mistakes},
    schema::JsonSchema,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A type a model can fill in: it has a JSON schema and can be read from JSON.
///
/// Implemented for everything that derives `serde::Deserialize` and `schemars::JsonSchema`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a tool argument",
    label = "a model cannot fill in a `{Self}`",
    note = "derive `serde::Deserialize` and `schemars::JsonSchema` for `{Self}`",
    note = "what the worker hands to the tool is wrapped: `State<{Self}>`"
)]
pub trait ToolArgument: DeserializeOwned + JsonSchema + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> ToolArgument for T {}

/// Reads one argument.
pub(crate) fn decode<T: DeserializeOwned>(arg: &ArgDef, value: Option<Value>) -> Result<T, Mistake> {
    let value = match (value, arg.default) {
        (Some(value), _) => value,
        (None, Some(default)) => default(),
        // An `Option` is `None` when it is left out; anything else refuses `null` and is reported as missing.
        (None, None) => {
            return T::deserialize(Value::Null).map_err(|_| Mistake::new("missing argument", pointer(arg.name)));
        }
    };
    serde_path_to_error::deserialize(value).map_err(|error| {
        let mut at = pointer(arg.name);
        for segment in error.path() {
            use serde_path_to_error::Segment;
            match segment {
                Segment::Seq { index } => at.push_str(&format!("/{index}")),
                Segment::Map { key } => at.push_str(&pointer(key)),
                Segment::Enum { variant } => at.push_str(&pointer(variant)),
                Segment::Unknown => {}
            }
        }
        Mistake::new(error.into_inner().to_string(), at)
    })
}

/// The largest arguments that are read, in bytes of JSON. A model that writes more has lost its way.
const LARGEST: usize = 1024 * 1024;

/// Puts each argument under its own name where it was given under another, and leaves out what the tool does not have.
pub(super) fn by_name(def: &ToolDef, mut given: Map<String, Value>, mistakes: &mut Mistakes) -> Map<String, Value> {
    for arg in def.args {
        for alias in arg.aliases {
            if let Some(value) = given.remove(*alias)
                && given.insert(arg.name.to_owned(), value).is_some()
            {
                let what = format!("`{alias}` is another name of `{}`, and both are given", arg.name);
                mistakes.add(Mistake::new(what, pointer(alias)));
            }
        }
    }
    given.retain(|name, _| {
        let is_known = def.args.iter().any(|arg| arg.name == name);
        if !is_known {
            mistakes.add(unknown(def, name));
        }
        is_known
    });
    given
}

fn unknown(def: &ToolDef, name: &str) -> Mistake {
    let known: Vec<&str> = def.args.iter().map(|arg| arg.name).collect();
    let hint = if known.is_empty() { "there are none".to_owned() } else { format!("there are: {}", known.join(", ")) };
    Mistake { hint: Some(hint), ..Mistake::new("unknown argument", pointer(name)) }
}

/// Reads the arguments as the model wrote them; an empty string is an empty object. What is nested more than 127 deep is
/// refused by serde, which would else use up the stack.
pub(crate) fn parse(text: &str) -> Result<Map<String, Value>, String> {
    if text.len() > LARGEST {
        return Err(format!("the arguments are {} bytes, over the limit of {LARGEST}", text.len()));
    }
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("expected a JSON object".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// One step of a JSON pointer (RFC 6901): `~` and `/` in a key are escaped.
pub(super) fn pointer(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Stay {
        nights: Vec<u8>,
    }

    const STAY: ArgDef = ArgDef::new::<String>("stay", "");

    #[test]
    fn the_error_points_at_the_value() {
        let error = decode::<Stay>(&STAY, Some(json!({"nights": [1, 2, "three"]}))).expect_err("not a number");
        assert_eq!(error.to_string(), "invalid type: string \"three\", expected u8 at /stay/nights/2");
    }

    #[test]
    fn a_missing_argument_is_named() {
        let error = decode::<Stay>(&STAY, None).expect_err("missing");
        assert_eq!(error.to_string(), "missing argument at /stay");
    }

    #[test]
    fn what_may_be_left_out_may_be_left_out() {
        assert_eq!(decode::<Option<u8>>(&STAY, None).expect("optional"), None);
        let with_default = ArgDef { default: Some(|| json!({"nights": [7]})), ..STAY };
        assert_eq!(decode::<Stay>(&with_default, None).expect("default"), Stay { nights: vec![7] });
    }

    #[test]
    fn arguments_are_an_object() {
        assert_eq!(parse(""), Ok(Map::new()));
        assert_eq!(parse("[1]"), Err("expected a JSON object".to_owned()));
        assert!(parse("{\"a\":").is_err());
    }

    #[test]
    fn what_is_too_deep_or_too_large_is_refused() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        assert!(parse(&deep).expect_err("too deep").contains("recursion limit"));
        let large = format!("{{\"a\":\"{}\"}}", "x".repeat(LARGEST));
        assert!(parse(&large).expect_err("too large").contains("over the limit of 1048576"));
    }
}
