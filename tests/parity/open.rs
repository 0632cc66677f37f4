//! Tools with what strict mode has no words for, and tools that are not strict.
#![expect(unused_variables, reason = "only what the tools take is of interest")]

use super::Made;
use serde_json::Value;
use std::collections::BTreeMap;
use steadfast::{prelude::*, tool::Tool};

pub(super) fn tools() -> Vec<Made> {
    made! {
        a_map a_map_in_a_list a_map_not_strict a_map_of_integers a_map_of_literals
        anything anything_not_strict bare_list defaults_not_strict model_open
    }
}

// Written out, these are refused by the macro already, which sees no further than names.
type Labels = BTreeMap<String, String>;
type Counts = BTreeMap<String, i64>;
type Names = BTreeMap<i64, String>;
type Prices = BTreeMap<Ticket, f64>;
type Anything = Value;

#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Ticket {
    Adult,
    Child,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Open {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, Value>,
}

/// Takes any keys.
#[tool]
fn a_map(labels: Labels) {}

/// Takes any keys, several times.
#[tool]
fn a_map_in_a_list(rows: Vec<Counts>) {}

/// Takes any keys.
#[tool(strict = false)]
fn a_map_not_strict(labels: BTreeMap<String, String>) {}

/// Takes numbers as keys.
#[tool]
fn a_map_of_integers(names: Names) {}

/// Takes two keys.
#[tool]
fn a_map_of_literals(prices: Prices) {}

/// Takes anything.
#[tool]
fn anything(value: Anything) {}

/// Takes anything.
#[tool(strict = false)]
fn anything_not_strict(value: Value) {}

/// Takes anything, several times.
#[tool]
fn bare_list(things: Vec<Anything>) {}

/// Has defaults and is not strict.
#[tool(strict = false)]
fn defaults_not_strict(query: String, #[arg(default = 10)] limit: i64, after: Option<String>) {}

/// Takes a model that allows anything else.
#[tool]
fn model_open(open: Open) {}
