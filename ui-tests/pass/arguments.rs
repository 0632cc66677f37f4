//! Every kind of argument and result that serde and schemars can describe, without a warning.

#![deny(warnings, missing_docs)]
#![allow(
    clippy::needless_pass_by_value,
    clippy::cast_precision_loss,
    clippy::too_many_arguments,
    clippy::many_single_char_names,
    clippy::unused_async,
    reason = "shapes, not sense"
)]
#![allow(dead_code, unreachable_pub, reason = "it stands for a library, and is compiled with a test")]

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use steadfast::prelude::*;

/// One of these.
#[derive(Serialize, Deserialize, JsonSchema, Default)]
pub enum Unit {
    /// Celsius.
    #[default]
    C,
    /// Fahrenheit.
    F,
}

/// With data, tagged.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Shape {
    /// Round.
    Circle {
        /// In metres.
        radius: f32,
    },
    /// A square of another.
    Square(Side),
    /// Nothing.
    Empty,
}

/// A newtype.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// In metres.
    pub metres: Metres,
}

/// A number with a meaning.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Metres(#[schemars(range(min = 0))] pub f64);

/// Holds itself.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct Tree {
    /// What hangs on it.
    pub leaves: Vec<Tree>,
    /// On the left.
    pub left: Option<Box<Tree>>,
}

/// Numbers.
#[tool]
pub fn numbers(a: i8, b: u8, c: i32, d: u32, e: i64, f: u64, g: usize, h: isize, i: f32, j: f64) -> f64 {
    f64::from(a)
        + f64::from(b)
        + f64::from(c)
        + f64::from(d)
        + (e as f64)
        + (f as f64)
        + (g as f64)
        + (h as f64)
        + f64::from(i)
        + j
}

/// Texts and flags.
#[tool]
pub fn texts(text: String, letter: char, flag: bool, maybe: Option<String>, boxed: Box<str>) -> (String, char, bool) {
    (text + &maybe.unwrap_or_default() + &boxed, letter, flag)
}

/// Lists of all kinds.
#[tool]
pub fn lists(
    list: Vec<u8>,
    set: HashSet<String>,
    sorted: BTreeSet<i32>,
    queue: VecDeque<Option<u8>>,
    three: [u8; 3],
    pair: (f64, f64),
    mixed: (u8, String),
    nested: Vec<Vec<(u8, u8)>>,
) -> usize {
    list.len()
        + set.len()
        + sorted.len()
        + queue.len()
        + three.len()
        + usize::from(pair.0 > pair.1)
        + mixed.1.len()
        + nested.len()
}

/// Types of one's own.
#[tool]
pub fn own(
    unit: Unit,
    #[arg(default = Unit::F)] other: Unit,
    #[serde(default)] third: Unit,
    shape: Shape,
    side: Option<Side>,
    tree: Tree,
) -> Vec<Shape> {
    drop((unit, other, third, side, tree));
    vec![shape]
}

/// Open ones.
#[tool(strict = false)]
pub fn open(map: HashMap<String, u8>, sorted: BTreeMap<String, Vec<Value>>, any: Value, large: u128) -> Value {
    drop((map, sorted, large));
    any
}

const LEAST: u32 = 1;

/// With rules and other names.
#[tool(
    tags = ["a", "b"],
    retries = 2,
    backoff(initial = "1s", coefficient = 1.5, maximum = "10s"),
    non_retryable = ["Error"],
    schedule_to_close = "1h",
    max_output(bytes = 1_000, beyond = "truncate"),
    on_error = "fail",
    strict,
    local = false
)]
pub async fn ruled(
    #[arg(range(min = LEAST, max = LEAST + 9), rename = "how_many", alias = "count", alias = "n")] many: u32,
    #[schemars(length(min = 1, max = 10), pattern("^a"))] text: String,
    #[arg(length(equal = 2), inner(range(max = 0.5)))] shares: Vec<f32>,
    #[serde(rename = "type")] r#type: Option<String>,
) -> Result<(), ToolError> {
    drop((many, text, shares, r#type));
    Ok(())
}

macro_rules! tools {
    ($($name:ident: $doc:literal, $ty:ty;)*) => {
        $(
            #[doc = $doc]
            #[tool]
            pub fn $name(value: $ty, #[arg(default = 1)] times: u8) -> $ty {
                let _ = times;
                value
            }
        )*
    };
}

tools! {
    number: "Gives a number back.", u32;
    words: "Gives words back.", Vec<String>;
}

/// Has all of them.
#[agent(model = "m", tools = [numbers, texts, lists, own, open, ruled, number, words])]
pub struct All;

#[test]
fn builds() {
    let provider = steadfast::model::Provider::openai().api_key("k");
    let app = App::new("all").agent::<All>().provider("openai", provider);
    assert_eq!(app.validate().map_err(|error| error.to_string()), Ok(()));
}
