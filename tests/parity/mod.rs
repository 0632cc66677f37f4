//! The schemas of our tools beside those that the OpenAI Agents SDK for Python makes of the same functions.
//!
//! `function_tool.py` has the functions in Python, and prints `function_tool.json`. A schema of ours is either equal,
//! or it differs where [`differences`] says so, and in the way it says: no difference comes or goes unnoticed.

use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};
use steadfast::StartupError;

/// Tools by their names, each with its schema or why it has none. Each has an app of its own, for one tool without a
/// schema leaves the whole app without.
macro_rules! made {
    ($($tool:ident)*) => {
        vec![$((<$tool as Tool>::DEF.name, App::new("parity").tool::<$tool>().schemas())),*]
    };
}

mod compare;
mod differences;
mod open;
mod own;
mod plain;
mod unions;

/// A tool's name, and what came of it.
type Made = (&'static str, Result<Value, StartupError>);

fn made() -> Vec<Made> {
    [plain::tools(), own::tools(), unions::tools(), open::tools()].into_iter().flatten().collect()
}

/// What is no tool in Rust to begin with, and where that is tested.
const REFUSED_BY_THE_COMPILER: [(&str, &str); 2] =
    [("no_docstring", "tool_no_description.rs"), ("no_schema", "tool_argument_type.rs")];

/// What is refused at the start, and at which place of the schema.
const REFUSED_AT_THE_START: [(&str, &str); 6] = [
    ("a_map", "/properties/labels"),
    ("a_map_in_a_list", "/properties/rows/items"),
    ("a_map_of_integers", "/properties/names"),
    ("anything", "/properties/value"),
    ("bare_list", "/properties/things/items"),
    ("model_open", "/$defs/Open"),
];

/// A tool as one object, the keywords of its schema beside its description, so that one pointer leads anywhere.
fn flat(mut tool: Value) -> Value {
    let Value::Object(mut flat) = tool["parameters"].take() else { return refused() };
    for key in ["description", "strict"] {
        flat.insert(key.to_owned(), tool[key].take());
    }
    Value::Object(flat)
}

/// A tool that is refused. Each side has its own words for why, so only that it is so is compared.
fn refused() -> Value {
    json!({"refused": true})
}

#[test]
fn schemas_are_those_of_function_tool() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("function_tool.json")).expect("it is JSON");
    let mut ours: BTreeMap<&str, Value> = made()
        .into_iter()
        .map(|(name, made)| (name, made.map_or_else(|_| refused(), |mut schemas| flat(schemas[name].take()))))
        .collect();
    let mut mismatches = Vec::new();
    let mut names = BTreeSet::new();
    for case in cases {
        let name = case["name"].as_str().expect("each case has a name").to_owned();
        match ours.remove(name.as_str()) {
            Some(ours) => mismatches.extend(compare::mismatches(&name, flat(case), ours)),
            None if REFUSED_BY_THE_COMPILER.iter().any(|(refused, _)| *refused == name) => {}
            None => mismatches.push(format!("{name}: it is no tool of ours")),
        }
        names.insert(name);
    }
    mismatches.extend(ours.keys().map(|name| format!("{name}: it is no tool of theirs")));
    for difference in differences::ALL.iter().flat_map(|(_, differences)| *differences) {
        if !names.contains(difference.case) {
            mismatches.push(format!("{}: it is to differ, and there is no such case", difference.case));
        }
    }
    assert!(mismatches.is_empty(), "{} mismatches:\n\n{}", mismatches.len(), mismatches.join("\n\n"));
}

#[test]
fn what_is_refused_is_refused_where_it_stands() {
    let mut found = Vec::new();
    for (name, made) in made() {
        let Err(error) = made else { continue };
        let text = error.to_string();
        let listed = REFUSED_AT_THE_START.iter().find(|(refused, _)| *refused == name);
        let (_, at) = listed.unwrap_or_else(|| panic!("{name} is refused: {text}"));
        assert!(text.contains(&format!(" at {at};")), "{name}: {at:?} is missing in {text}");
        found.push(name);
    }
    assert_eq!(found.len(), REFUSED_AT_THE_START.len(), "{found:?}");
    let failing = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests/fail");
    for (name, test) in REFUSED_BY_THE_COMPILER {
        assert!(failing.join(test).exists(), "{test}, which shows that {name} is refused, is gone");
    }
}
