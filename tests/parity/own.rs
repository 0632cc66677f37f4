//! Tools that take types of one's own: structs, and enums without data.
#![expect(unused_variables, clippy::too_many_arguments, reason = "only what the tools take is of interest")]

use super::Made;
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema_repr;
use std::num::NonZeroU64;
use steadfast::{prelude::*, tool::Tool};

pub(super) fn tools() -> Vec<Made> {
    made! {
        literal literal_single literal_optional r#enum enum_described enum_optional enum_default enum_of_integers
        named_tuple model_described model_with_defaults model_as_default model_with_optional model_with_aliases
        model_in_camel_case model_with_factory model_empty model_of_many_words model_with_examples model_with_keywords
        model_derived model_of_a_list model_optional_described model_twice_described three_deep_described
        tree_described linked_list mutually_recursive
        a_partial_typed_dict generic_twice same_name
        range_exclusive model_with_constraints model_with_counts ten_arguments
    }
}

// What Python writes as a `Literal` or as a union without a name has no definition there: hence each `inline`.

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum Order {
    Asc,
    Desc,
}

/// Takes one of two words.
#[tool]
fn literal(order: Order) {}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
enum BookKind {
    Book,
}

/// Takes one word.
#[tool]
fn literal_single(kind: BookKind) {}

/// Takes one of two words or nothing.
#[tool]
fn literal_optional(order: Option<Order>) {}

/// A unit of temperature.
#[derive(Serialize, Deserialize, JsonSchema)]
enum Unit {
    C,
    F,
}

/// Takes a documented enum.
#[tool]
fn r#enum(unit: Unit) {}

/// Takes an enum that is described here.
#[tool]
fn enum_described(
    /// Unit of the answer.
    unit: Unit,
) {
}

/// Takes an enum or nothing.
#[tool]
fn enum_optional(unit: Option<Unit>) {}

/// Takes an enum, or its first member.
#[tool]
fn enum_default(#[arg(default = Unit::C)] unit: Unit) {}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema_repr)]
#[serde(into = "u8", try_from = "u8")]
#[repr(u8)]
enum Priority {
    Low = 1,
    High = 2,
}

impl From<Priority> for u8 {
    fn from(priority: Priority) -> Self {
        priority as Self
    }
}

impl TryFrom<u8> for Priority {
    type Error = String;

    fn try_from(number: u8) -> Result<Self, String> {
        match number {
            1 => Ok(Self::Low),
            2 => Ok(Self::High),
            _ => Err(format!("{number} is no priority")),
        }
    }
}

/// Takes an enum of numbers.
#[tool]
fn enum_of_integers(priority: Priority) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Interval(i64, i64);

/// Takes a named tuple.
#[tool]
fn named_tuple(interval: Interval) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Point {
    x: f64,
    y: f64,
}

/// A stay at a hotel.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Stay {
    /// Nights to stay.
    nights: i64,
    /// Unit of the forecast.
    unit: Unit,
    breakfast: bool,
}

/// Takes a model that is described here.
#[tool]
fn model_described(
    /// The stay to book.
    stay: Stay,
) {
}

/// How to search.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(default)]
struct Options {
    limit: i64,
    /// Whether words have to match as they are.
    exact: bool,
    language: String,
    unit: Unit,
    tags: Vec<String>,
    after: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self { limit: 10, exact: false, language: "en".into(), unit: Unit::C, tags: vec![], after: None }
    }
}

/// Takes a model with defaults.
#[tool]
fn model_with_defaults(options: Options) {}

/// Takes a model, or another.
#[tool]
fn model_as_default(#[arg(default = Options { limit: 5, ..Options::default() })] options: Options) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Contact {
    name: String,
    email: Option<String>,
    /// With the country's code.
    phone: Option<String>,
    unit: Option<Unit>,
    home: Option<Point>,
}

/// Takes a model with optional fields.
#[tool]
fn model_with_optional(contact: Contact) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Renamed {
    /// Who it is.
    #[serde(rename = "userName")]
    user_name: String,
    #[serde(rename = "type")]
    kind: String,
}

/// Takes a model whose fields go by other names.
#[tool]
fn model_with_aliases(renamed: Renamed) {}

#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Camel {
    first_name: String,
    date_of_birth: NaiveDate,
}

/// Takes a model whose fields are all renamed.
#[tool]
fn model_in_camel_case(camel: Camel) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Factory {
    #[serde(default)]
    tags: Vec<String>,
}

/// Takes a model whose default is made anew.
#[tool]
fn model_with_factory(factory: Factory) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Empty {}

/// Takes a model without fields.
#[tool]
fn model_empty(empty: Empty) {}

/// An order.
///
/// It may hold several things, but
/// only of one seller.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Verbose {
    /// The number on the receipt.
    /// It starts with a letter.
    number: String,
}

/// Takes a model with descriptions of several lines.
#[tool]
fn model_of_many_words(verbose: Verbose) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Exemplary {
    #[schemars(example = String::from("Lisbon"), example = String::from("Porto"))]
    city: String,
    #[schemars(extend("deprecated" = true))]
    country: String,
}

/// Takes a model with examples and a deprecated field.
#[tool]
fn model_with_examples(exemplary: Exemplary) {}

/// Fields that are named like words of JSON schema.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Keywords {
    title: String,
    description: String,
    default: Option<String>,
    r#const: Option<i64>,
    r#enum: Option<Vec<String>>,
    examples: Option<Vec<String>>,
    r#type: String,
    properties: Vec<String>,
    required: bool,
}

/// Takes a model whose fields are named like words of JSON schema.
#[tool]
fn model_with_keywords(keywords: Keywords) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Base {
    id: i64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Derived {
    #[serde(flatten)]
    base: Base,
    name: String,
}

/// Takes a model that has the fields of another.
#[tool]
fn model_derived(derived: Derived) {}

/// Some numbers.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Numbers(Vec<i64>);

/// Takes a model that is a list.
#[tool]
fn model_of_a_list(numbers: Numbers) {}

/// Takes a model or nothing.
#[tool]
fn model_optional_described(
    /// The stay to book, if any.
    stay: Option<Stay>,
) {
}

/// Takes a model twice.
#[tool]
fn model_twice_described(
    /// Where it starts.
    start: Point,
    /// Where it ends.
    end: Point,
) {
}

/// Where somebody lives.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Address {
    /// Street and number.
    street: String,
    city: String,
}

/// Somebody.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Person {
    name: String,
    /// Where to send things.
    address: Address,
}

/// Where somebody works.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Company {
    /// Who has it.
    owner: Person,
    staff: Vec<Person>,
    seat: Address,
}

/// Takes a model in a model in a model.
#[tool]
fn three_deep_described(
    /// Who pays.
    company: Company,
) {
}

/// A tree.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Tree {
    label: String,
    /// What is below.
    children: Vec<Tree>,
}

/// Takes a tree.
#[tool]
fn tree_described(
    /// The tree to walk.
    tree: Tree,
) {
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Link {
    value: i64,
    /// The rest.
    next: Option<Box<Link>>,
}

/// Takes a list of links.
#[tool]
fn linked_list(first: Link) {}

/// A folder.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Folder {
    name: String,
    files: Vec<File>,
}

/// A file.
#[derive(Serialize, Deserialize, JsonSchema)]
struct File {
    name: String,
    parent: Option<Folder>,
}

/// Takes two models that hold each other.
#[tool]
fn mutually_recursive(folder: Folder) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Partial {
    title: Option<String>,
    year: Option<i64>,
}

/// Takes a typed dictionary whose keys may be missing.
#[tool]
fn a_partial_typed_dict(partial: Partial) {}

/// One page of many.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Page<T> {
    items: Vec<T>,
    next: Option<i64>,
}

/// Takes a generic model of two things.
#[tool]
fn generic_twice(points: Page<Point>, numbers: Page<i64>) {}

mod billing {
    use steadfast::prelude::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct Account {
        iban: String,
    }
}

mod login {
    use steadfast::prelude::*;

    #[derive(Serialize, Deserialize, JsonSchema)]
    pub(super) struct Account {
        user: String,
    }
}

/// Takes two models of one name.
#[tool]
fn same_name(billing: billing::Account, login: login::Account) {}

// There are no words for exclusive bounds but those of schemars, on a type.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
struct Share(#[schemars(extend("exclusiveMinimum" = 0, "exclusiveMaximum" = 1))] f64);

/// Takes what is between.
#[tool]
fn range_exclusive(ratio: Share) {}

fn five() -> i64 {
    5
}

/// What is within bounds.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Limits {
    /// How many stars.
    #[schemars(range(min = 1, max = 5))]
    stars: i64,
    share: Share,
    #[schemars(length(min = 2, max = 8), regex(pattern = "^[A-Z]+$"))]
    code: String,
    #[schemars(length(min = 1, max = 3), inner(length(min = 1)))]
    parts: Vec<String>,
    #[schemars(range(min = 1))]
    nights: Option<i64>,
    #[serde(default = "five")]
    #[schemars(extend("multipleOf" = 5))]
    step: i64,
}

/// Takes a model with constraints.
#[tool]
fn model_with_constraints(limits: Limits) {}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Counts {
    seen: u64,
    wanted: NonZeroU64,
}

/// Takes a model with numbers that are not negative.
#[tool]
fn model_with_counts(counts: Counts) {}

/// Searches for a place to stay.
#[tool]
fn ten_arguments(
    /// What to look for.
    query: String,
    /// The stay to book.
    stay: Stay,
    /// Where it has to be close to.
    points: Vec<Point>,
    /// When to arrive.
    at: DateTime<Utc>,
    /// The order of the results.
    #[arg(default = Order::Asc)]
    order: Order,
    /// The most results to give.
    #[arg(default = 10, range(min = 1, max = 100))]
    limit: i64,
    /// Unit of the forecast.
    #[arg(default = Unit::C)]
    unit: Unit,
    /// What it has to have.
    tags: Option<Vec<String>>,
    /// Where the last page ended.
    after: Option<String>,
    /// Whether words have to match as they are.
    #[arg(default)]
    exact: bool,
) {
}
