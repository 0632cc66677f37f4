//! Searching the web.

use super::{Hosted, HostedTool, hosted, hosted_by_name, set_in, texts};
use crate::{
    model::ToolChoice,
    tool::{Tool, ToolDef},
};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// Lets the model search the web.
///
/// ```
/// use steadfast::{agent, tool::hosted::{ContextSize, WebSearch}};
///
/// #[agent(model = "gpt-5.6-luna", tools = [WebSearch], tool_choice = WebSearch)]
/// struct Reporter;
///
/// #[agent(
///     model = "gpt-5.6-luna",
///     tools = [WebSearch::new()
///         .allowed_domains(["example.org"])
///         .context_size(ContextSize::Low)
///         .city("Lisbon")
///         .country("PT")],
/// )]
/// struct LocalReporter;
/// ```
#[derive(Clone, Debug)]
pub struct WebSearch {
    options: Map<String, Value>,
}

/// How much of what is found goes into the model's context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextSize {
    /// Little: quick and cheap.
    Low,
    /// What the API does by default.
    Medium,
    /// Much: slower, dearer, and more thorough.
    High,
}

hosted!(WebSearch, "web_search");
hosted_by_name!(WebSearch);

impl WebSearch {
    /// A search of the whole web.
    #[must_use]
    pub fn new() -> Self {
        Self { options: Map::new() }
    }

    /// Searches only these domains and those below them, written without `https://`.
    #[must_use]
    pub fn allowed_domains<T: Into<String>>(mut self, domains: impl IntoIterator<Item = T>) -> Self {
        set_in(&mut self.options, "filters", json!({}), "allowed_domains", texts(domains));
        self
    }

    /// How much of what is found goes into the model's context.
    #[must_use]
    pub fn context_size(self, size: ContextSize) -> Self {
        let size = match size {
            ContextSize::Low => "low",
            ContextSize::Medium => "medium",
            ContextSize::High => "high",
        };
        self.option("search_context_size", size)
    }

    /// The city the user is in, such as `Lisbon`.
    #[must_use]
    pub fn city(self, city: impl Into<String>) -> Self {
        self.located("city", city.into())
    }

    /// The region the user is in, such as `California`.
    #[must_use]
    pub fn region(self, region: impl Into<String>) -> Self {
        self.located("region", region.into())
    }

    /// The country the user is in, by its two letters, such as `PT`.
    #[must_use]
    pub fn country(self, country: impl Into<String>) -> Self {
        self.located("country", country.into())
    }

    /// The time zone the user is in, by its IANA name, such as `Europe/Lisbon`.
    #[must_use]
    pub fn timezone(self, timezone: impl Into<String>) -> Self {
        self.located("timezone", timezone.into())
    }

    fn located(mut self, key: &str, place: String) -> Self {
        set_in(&mut self.options, "user_location", json!({"type": "approximate"}), key, place.into());
        self
    }
}
