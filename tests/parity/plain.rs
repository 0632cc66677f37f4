//! Tools that take what the standard library and other crates have.
#![expect(unused_variables, reason = "only what the tools take is of interest")]

use super::Made;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use std::{collections::BTreeSet, path::PathBuf, time::Duration};
use steadfast::{prelude::*, tool::Tool};
use url::Url;
use uuid::Uuid;

pub(super) fn tools() -> Vec<Made> {
    made! {
        no_arguments nothing four_scalars described multi_line unicode_and_quotes more_sections
        optional_integer optional_described optional_with_default
        default_whole_float default_list default_empty_list default_date required_after_default
        list_of_lists list_of_optional optional_list set_of_text tuple_of_one_type tuple_of_three tuple_of_several_types
        range_inclusive range_of_a_byte range_as_default range_optional non_negative
        length_of_text pattern length_of_set range_of_items length_of_items
        a_datetime a_time a_timedelta a_url some_bytes a_path list_of_uuids
        context context_last web_search asynchronous argument_alias keywords_of_rust keywords_of_schemas underscore
    }
}

/// Takes nothing.
#[tool]
fn no_arguments() {}

/// Takes the one value there is.
#[tool]
fn nothing(none: ()) {}

/// Takes one of each, in the order of the function and not of the alphabet.
#[tool]
fn four_scalars(count: i64, ratio: f64, enabled: bool, query: String) {}

/// Current weather in a city.
#[tool]
fn described(
    /// City name, for example "Lisbon".
    city: String,
    /// Days to look ahead.
    days: i64,
) {
}

/// Searches the documents.
///
/// Only those that the user may read are looked at. The best match
/// comes first:
///
/// - by title
/// - by text
#[tool]
fn multi_line(
    /// What to look for.
    /// Several words are all looked for.
    query: String,
    /// The most results to give,
    /// from the best down.
    limit: i64,
) {
}

/// Findet „Straßen“ – even \d+ and `code` and "quotes" and <tags> & more.
#[tool]
fn unicode_and_quotes(
    /// Der 'Name', z. B. "Hauptstraße 1/2" → eine Liste 🏠.
    query: String,
) {
}

/// Searches the documents.
///
/// # Errors
/// When the query is empty.
#[tool]
fn more_sections(
    /// What to look for.
    query: String,
) {
}

/// Takes an integer or nothing.
#[tool]
fn optional_integer(count: Option<i64>) {}

/// Takes a string or nothing.
#[tool]
fn optional_described(
    /// What to look for; all there is without it.
    query: Option<String>,
) {
}

/// Takes an integer or nothing, and otherwise three.
#[tool]
fn optional_with_default(#[arg(default = Some(3))] count: Option<i64>) {}

/// Takes one if not told, and that is no integer.
#[tool]
fn default_whole_float(#[arg(default = 1.0)] ratio: f64) {}

/// Takes two tags if not told.
#[tool]
fn default_list(#[arg(default = vec!["new".into(), "hot".into()])] tags: Vec<String>) {}

/// Takes no tags if not told.
#[tool]
fn default_empty_list(#[serde(default)] tags: Vec<String>) {}

fn last_of_january() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 1, 31).expect("a date")
}

/// Takes a day if not told.
#[tool]
fn default_date(#[serde(default = "last_of_january")] day: NaiveDate) {}

/// Has a default before what is required.
#[tool]
fn required_after_default(#[arg(default = 10)] limit: i64, query: String) {}

/// Takes a matrix.
#[tool]
fn list_of_lists(rows: Vec<Vec<f64>>) {}

/// Takes integers with holes.
#[tool]
fn list_of_optional(numbers: Vec<Option<i64>>) {}

/// Takes integers or nothing.
#[tool]
fn optional_list(numbers: Option<Vec<i64>>) {}

/// Takes strings, each once.
#[tool]
fn set_of_text(tags: BTreeSet<String>) {}

/// Takes two floats.
#[tool]
fn tuple_of_one_type(point: (f64, f64)) {}

/// Takes three integers.
#[tool]
fn tuple_of_three(color: [i64; 3]) {}

/// Takes one of each.
#[tool]
fn tuple_of_several_types(entry: (String, i64, bool)) {}

/// Takes one to ten.
#[tool]
fn range_inclusive(#[arg(range(min = 1, max = 10))] count: i64) {}

/// Takes what fits into a byte.
#[tool]
fn range_of_a_byte(level: u8) {}

/// Takes one to ten, or three, all told by the default.
#[tool]
fn range_as_default(
    /// How many.
    #[arg(default = 3)]
    #[schemars(range(min = 1, max = 10))]
    count: i64,
) {
}

/// Takes one to ten or nothing.
#[tool]
fn range_optional(#[arg(range(min = 1, max = 10))] count: Option<i64>) {}

/// Takes zero or more.
#[tool]
fn non_negative(count: u64) {}

/// Takes a short string.
#[tool]
fn length_of_text(#[arg(length(min = 1, max = 64))] name: String) {}

/// Takes a string of one form.
#[tool]
fn pattern(#[schemars(regex(pattern = r"^[A-Z]{3}-\d+$"))] code: String) {}

/// Takes a set with something in it.
#[tool]
fn length_of_set(#[arg(length(min = 1))] tags: BTreeSet<String>) {}

/// Takes several of one to five.
#[tool]
fn range_of_items(#[arg(inner(range(min = 1, max = 5)))] stars: Vec<i64>) {}

/// Takes a short list of what is not empty.
#[tool]
fn length_of_items(#[schemars(length(max = 3), inner(length(min = 1)))] tags: Vec<String>) {}

/// Takes a point in time.
#[tool]
fn a_datetime(at: DateTime<Utc>) {}

/// Takes a time of day.
#[tool]
fn a_time(at: NaiveTime) {}

/// Takes a span of time.
#[tool]
fn a_timedelta(wait: Duration) {}

/// Takes a URL.
#[tool]
fn a_url(url: Url) {}

/// Takes bytes.
#[tool]
fn some_bytes(data: Vec<u8>) {}

/// Takes a path.
#[tool]
fn a_path(path: PathBuf) {}

/// Takes several ids.
#[tool]
fn list_of_uuids(ids: Vec<Uuid>) {}

/// Takes the context of the run.
#[tool]
fn context(
    context: ToolContext,
    /// What to look for.
    query: String,
) {
}

/// Takes the context of the run behind the rest.
#[tool]
fn context_last(query: String, context: ToolContext) {}

/// Goes by another name.
#[tool(name = "web-search")]
fn web_search(query: String) {}

/// Takes its time.
#[tool]
async fn asynchronous(
    /// What to look for.
    query: String,
) {
    tokio::task::yield_now().await;
}

/// Takes an argument that goes by another name.
#[tool]
fn argument_alias(#[arg(rename = "q", alias = "search")] query: String) {}

/// Takes arguments that are words of Rust.
#[tool]
fn keywords_of_rust(r#type: String, r#match: String, self_: bool) {}

/// Takes arguments that are words of JSON schema.
#[tool]
fn keywords_of_schemas(
    title: String,
    description: String,
    default: Option<String>,
    r#type: String,
    r#enum: Option<String>,
) {
}

/// Takes an argument that looks private.
#[tool]
fn underscore(_verbose: bool) {}
