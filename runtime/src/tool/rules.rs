//! Holds a model's arguments to the rules of their schema, before the tool's body runs.
//!
//! Strict mode promises most of them, but not all providers have it, and none knows all the rules. Types are left to
//! serde, which says what is wrong with them when it reads the arguments.

use super::{
    ToolDef, ToolError,
    mistakes::{Mistake, Mistakes},
    schema,
};
use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex, PoisonError},
};

/// The keywords that are rules.
const RULES: [&str; 13] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "contains",
];

/// A value longer than this is not repeated to the model that wrote it.
const LONGEST_VALUE: usize = 100;

/// What checks the arguments of a tool; `None` where there are no rules.
///
/// # Errors
/// When the rules cannot be read, as with a bad regular expression.
pub(crate) fn validator(def: &ToolDef) -> Result<Option<Validator>, String> {
    let Ok(schema) = schema::arguments(def, |_| {}) else { return Ok(None) };
    if !has_rules(&schema) {
        return Ok(None);
    }
    jsonschema::draft202012::new(&schema).map(Some).map_err(|error| error.to_string())
}

/// Whether a rule stands anywhere in a schema. A property of that name is no rule, but does no harm either.
fn has_rules(schema: &Value) -> bool {
    match schema {
        Value::Object(object) => object.iter().any(|(key, value)| RULES.contains(&key.as_str()) || has_rules(value)),
        Value::Array(values) => values.iter().any(has_rules),
        _ => false,
    }
}

/// Notes every rule that the arguments break.
pub(super) fn check(def: &'static ToolDef, arguments: &Map<String, Value>, mistakes: &mut Mistakes) {
    let validator = match known(def) {
        Ok(Some(validator)) => validator,
        Ok(None) => return,
        // No worker starts with such a tool, but outside of one nobody has looked before.
        Err(error) => {
            let message = format!("a rule for the arguments of tool `{}` cannot be read: {error}", def.name);
            return mistakes.end(ToolError::fatal(message));
        }
    };
    let arguments = Value::Object(arguments.clone());
    validator.iter_errors(&arguments).filter_map(|error| broken(&error)).for_each(|mistake| mistakes.add(mistake));
}

type Known = Result<Option<Arc<Validator>>, String>;

/// Tools are never taken back, so what was made for one serves as long as the process.
fn known(def: &'static ToolDef) -> Known {
    static KNOWN: LazyLock<Mutex<HashMap<usize, Known>>> = LazyLock::new(Mutex::default);
    let at = std::ptr::from_ref(def).addr();
    // Only whole entries are put in, so a poisoned lock protects nothing that could be half-written.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(at).or_insert_with(|| Ok(validator(def)?.map(Arc::new))).clone()
}

/// The rule that was broken, and where; `None` if it is no rule of ours but a type, which serde reports better.
fn broken(error: &ValidationError<'_>) -> Option<Mistake> {
    match error.kind() {
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => {
            // One of the alternatives was meant: the one that all but fits.
            let mut rules = context.iter().filter_map(|alternative| match alternative.as_slice() {
                [only] => broken(only),
                _ => None,
            });
            rules.next()
        }
        Kind::Minimum { .. }
        | Kind::Maximum { .. }
        | Kind::ExclusiveMinimum { .. }
        | Kind::ExclusiveMaximum { .. }
        | Kind::MultipleOf { .. }
        | Kind::MinLength { .. }
        | Kind::MaxLength { .. }
        | Kind::Pattern { .. }
        | Kind::MinItems { .. }
        | Kind::MaxItems { .. }
        | Kind::MinProperties { .. }
        | Kind::MaxProperties { .. }
        | Kind::Contains => {
            let what = error.to_string();
            let what = if what.len() > LONGEST_VALUE { error.masked_with("this").to_string() } else { what };
            Some(Mistake::new(what, error.instance_path().as_str()))
        }
        _ => None,
    }
}
