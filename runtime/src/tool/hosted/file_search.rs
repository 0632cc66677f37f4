//! Searching files that the provider keeps.

use super::{Hosted, HostedTool, hosted, hosted_by_call, set_in, texts};
use crate::tool::{Tool, ToolDef};
use serde_json::{Map, Value, json};

/// Lets the model search files that were uploaded into vector stores.
///
/// What was found is part of the answer only if it is asked for, with
/// `provider_options = { "include": ["file_search_call.results"] }`.
///
/// ```
/// use steadfast::{agent, tool::hosted::FileSearch};
///
/// #[agent(
///     model = "gpt-5.6-luna",
///     tools = [FileSearch::new(["vs_1", "vs_2"]).max_results(5).score_threshold(0.4)],
///     tool_choice = FileSearch,
/// )]
/// struct Archivist;
/// ```
#[derive(Clone, Debug)]
pub struct FileSearch {
    options: Map<String, Value>,
}

hosted!(FileSearch, "file_search");
hosted_by_call!(FileSearch, "a search of files has to know where; write `FileSearch::new([\"vs_1\"])`");

impl FileSearch {
    /// A search of these vector stores, by their ids.
    #[must_use]
    pub fn new<T: Into<String>>(vector_store_ids: impl IntoIterator<Item = T>) -> Self {
        Self { options: Map::new() }.option("vector_store_ids", texts(vector_store_ids))
    }

    /// The most results of one search, 1 to 50.
    #[must_use]
    pub fn max_results(self, most: u32) -> Self {
        self.option("max_num_results", most)
    }

    /// The ranker that orders what is found, such as `auto`.
    #[must_use]
    pub fn ranker(self, ranker: impl Into<String>) -> Self {
        self.ranked("ranker", ranker.into().into())
    }

    /// Leaves out what scores lower than this, 0 to 1.
    #[must_use]
    pub fn score_threshold(self, least: f64) -> Self {
        self.ranked("score_threshold", least.into())
    }

    /// Searches only files whose attributes are such, in the JSON of the API:
    /// `json!({"type": "eq", "key": "region", "value": "eu"})`.
    #[must_use]
    pub fn filters(self, filters: Value) -> Self {
        self.option("filters", filters)
    }

    fn ranked(mut self, key: &str, value: Value) -> Self {
        set_in(&mut self.options, "ranking_options", json!({}), key, value);
        self
    }
}
