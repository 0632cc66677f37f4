//! Dialects: what a provider of models is like, as data. One file in `providers/` is all that a new one needs.

mod bend;
mod builtin;
mod filled;
#[cfg(test)]
mod tests;

pub(crate) use bend::{Bend, How, MaxTokens, Setting, Thoughts, Warned};
pub(crate) use builtin::{NAMES, builtin};
pub(crate) use filled::{MissingVariable, filled, with_model};

use serde::Deserialize;
use std::collections::BTreeMap;

/// What stands for every model that is not listed.
pub(crate) const ANY_MODEL: &str = "*";

/// A provider, as its file describes it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Dialect {
    pub(crate) api: Api,
    /// What comes before `/responses` or `/chat/completions`. `{NAME}` stands for a variable of the environment, and
    /// `{model}` for the model's name.
    pub(crate) base_url: String,
    /// The variable that may name another server.
    pub(crate) base_url_variable: Option<String>,
    /// The key that it wants, if any.
    pub(crate) key: Option<KeySource>,
    /// What every request carries; a header whose variables are not set is left out.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// What stands behind the `?` of every request.
    #[serde(default)]
    pub(crate) query: BTreeMap<String, String>,
    /// Its names of models, by the names that agents use.
    #[serde(default)]
    pub(crate) models: BTreeMap<String, String>,
    /// What requests and answers are like.
    #[serde(flatten)]
    pub(crate) bend: Bend,
}

/// Which of OpenAI's APIs a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Api {
    Responses,
    ChatCompletions,
}

/// Where the key of a provider comes from, and where it goes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeySource {
    /// The variable of the environment.
    pub(crate) variable: String,
    /// The header that it is sent in, as it is; without one it is the bearer's.
    pub(crate) header: Option<String>,
    /// Whether the server may do without.
    #[serde(default)]
    pub(crate) optional: bool,
}

impl Dialect {
    /// A server of which nothing is known but what it speaks.
    pub(crate) fn plain(api: Api, base_url: &str) -> Self {
        Self {
            api,
            base_url: base_url.to_owned(),
            base_url_variable: None,
            key: None,
            headers: BTreeMap::new(),
            query: BTreeMap::new(),
            models: BTreeMap::new(),
            bend: Bend::default(),
        }
    }

    /// The name under which the provider has this model.
    pub(crate) fn model<'a>(&'a self, name: &'a str) -> &'a str {
        self.models.get(name).or_else(|| self.models.get(ANY_MODEL)).map_or(name, String::as_str)
    }

    /// Reads a provider's file.
    ///
    /// # Errors
    /// Where it is not one: what is wrong, and in which line.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let table: toml::Table = toml::from_str(text).map_err(|error| wrong(&error, text))?;
        // `deny_unknown_fields` and `flatten` do not go together, and a misspelt field would be one that means nothing.
        if let Some(unknown) = table.keys().find(|key| !FIELDS.contains(&key.as_str())) {
            return Err(format!("there is no field `{unknown}`; the fields are {}", FIELDS.join(", ")));
        }
        let dialect: Self = toml::from_str(text).map_err(|error| wrong(&error, text))?;
        let lacks = ["strict", "stream_usage"]
            .into_iter()
            .filter(|name| table.get("lacks").and_then(|lacks| lacks.get(name)).is_some());
        let of_chats = OF_CHATS.into_iter().filter(|name| table.contains_key(*name)).chain(lacks).next();
        if let (Api::Responses, Some(name)) = (dialect.api, of_chats) {
            return Err(format!("`{name}` means something only with `api = \"chat_completions\"`; remove it"));
        }
        Ok(dialect)
    }
}

/// What is wrong, and where; nothing is quoted of a file that may hold a key in the wrong place.
fn wrong(error: &toml::de::Error, text: &str) -> String {
    let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
    let unquoted: Vec<&str> = error.message().split('"').step_by(2).collect();
    let message = unquoted.join("…");
    match line {
        Some(line) => format!("{message} (line {line})"),
        None => message,
    }
}

/// What the other API has no use for.
const OF_CHATS: [&str; 6] = ["max_tokens", "output", "reasoning", "echo", "echo_beside_calls", "thoughts"];

/// All that a file can say.
const FIELDS: [&str; 14] = [
    "api",
    "base_url",
    "base_url_variable",
    "key",
    "headers",
    "query",
    "models",
    "max_tokens",
    "output",
    "reasoning",
    "echo",
    "echo_beside_calls",
    "thoughts",
    "lacks",
];
