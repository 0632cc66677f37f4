//! Holds a model's arguments to the rules of their schema, before the tool's body runs.
//!
//! Strict mode promises most of them, but not all providers have it, and none knows all the rules. Types are left to
//! serde, which says what is wrong with them when it reads the arguments.

use super::{
    AnyTool, ToolDef, ToolError,
    arguments::pointer,
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
pub(crate) fn validator(tool: &AnyTool) -> Result<Option<Validator>, String> {
    let read = |schema: &Value| jsonschema::draft202012::new(schema).map(Some).map_err(|error| error.to_string());
    match tool {
        AnyTool::Written(def) => match schema::arguments(def, |_| {}) {
            Ok(schema) if has_rules(&schema) => read(&schema),
            _ => Ok(None),
        },
        AnyTool::Dynamic(tool) => read(&tool.parameters),
    }
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
pub(super) fn check(tool: &AnyTool, arguments: &Map<String, Value>, mistakes: &mut Mistakes) {
    let validator = match known(tool) {
        Ok(Some(validator)) => validator,
        Ok(None) => return,
        // No worker starts with such a tool, but outside of one nobody has looked before.
        Err(error) => {
            let message = format!("a rule for the arguments of tool `{}` cannot be read: {error}", tool.name());
            return mistakes.end(ToolError::fatal(message));
        }
    };
    let arguments = Value::Object(arguments.clone());
    // The types of a function's arguments are left to serde; of others only the schema knows.
    let mistake = |error: &ValidationError<'_>| match tool {
        AnyTool::Written(_) => broken(error),
        AnyTool::Dynamic(_) => Some(unfit(error)),
    };
    validator.iter_errors(&arguments).filter_map(|error| mistake(&error)).for_each(|mistake| mistakes.add(mistake));
}

/// What checks the arguments of a tool, or why that cannot be read.
pub(super) type Known = Result<Option<Arc<Validator>>, String>;

fn known(tool: &AnyTool) -> Known {
    let made = || Ok(validator(tool)?.map(Arc::new));
    match tool {
        AnyTool::Written(def) => kept(def, made),
        AnyTool::Dynamic(tool) => tool.validator.get_or_init(made).clone(),
    }
}

/// A constant is never taken back, so what was made for one serves as long as the process.
fn kept(def: &'static ToolDef, made: impl FnOnce() -> Known) -> Known {
    static KNOWN: LazyLock<Mutex<HashMap<usize, Known>>> = LazyLock::new(Mutex::default);
    let at = std::ptr::from_ref(def).addr();
    // Only whole entries are put in, so a poisoned lock protects nothing that could be half-written.
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry(at).or_insert_with(made).clone()
}

/// What does not fit a schema that is all there is to know of the arguments.
fn unfit(error: &ValidationError<'_>) -> Mistake {
    let at = error.instance_path().as_str();
    match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            Mistake::new("missing argument", format!("{at}{}", pointer(name)))
        }
        Kind::AdditionalProperties { unexpected } => {
            let name = unexpected.first().map_or("", String::as_str);
            Mistake::new("unknown argument", format!("{at}{}", pointer(name)))
        }
        _ => Mistake::new(shortly(error), at),
    }
}

/// What is wrong, without a value that is too long to be repeated.
fn shortly(error: &ValidationError<'_>) -> String {
    let what = error.to_string();
    if what.len() > LONGEST_VALUE { error.masked_with("this").to_string() } else { what }
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
        | Kind::Contains => Some(Mistake::new(shortly(error), error.instance_path().as_str())),
        _ => None,
    }
}
