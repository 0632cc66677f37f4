//! Where a provider's server is, and what every request to it carries.

use crate::model::{ModelError, ModelErrorClass, dialect};
use async_openai::config::Config;
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue},
};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// Shorter than any provider's keys.
const SHORTEST_KEY: usize = 16;

/// A server and the headers it wants.
///
/// The crate's own configuration reads the environment as soon as it is made, sends an empty key where there is
/// none, and panics over one that is no header; hence this one.
#[derive(Clone)]
pub(crate) struct Endpoint {
    /// As it was given: it may have a place for the model's name.
    base_url: String,
    url: Url,
    key: SecretString,
    headers: HeaderMap,
    query: Vec<(String, String)>,
    /// What else is told to the server alone.
    secrets: Vec<SecretString>,
}

impl Endpoint {
    /// The server at `base_url`, which ends before `/responses` and `/chat/completions`.
    ///
    /// # Errors
    ///
    /// When it is not the URL of an HTTP server.
    pub(crate) fn new(base_url: &str) -> Result<Self, ModelError> {
        let base_url = base_url.trim();
        match Url::parse(base_url) {
            Ok(url) if url.query().is_some() || url.fragment().is_some() => {
                Err(unusable("its base URL goes on behind a `?` or `#`; put that into `[query]` of a provider's file"))
            }
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(Self {
                base_url: base_url.trim_end_matches('/').to_owned(),
                url,
                key: SecretString::default(),
                headers: HeaderMap::new(),
                query: Vec::new(),
                secrets: Vec::new(),
            }),
            // The text itself stays out: a key pasted into the wrong place would be shown.
            _ => Err(unusable("its base URL is not an HTTP one; write it as in `http://localhost:11434/v1`")),
        }
    }

    /// Sends `key` as the bearer token, or in a header of its own.
    ///
    /// # Errors
    ///
    /// When it has characters that no header can carry.
    pub(crate) fn with_key(mut self, key: SecretString, header: Option<&str>) -> Result<Self, ModelError> {
        let illegal = || unusable("its API key holds characters no header can carry; look for a line break in it");
        let (name, value) = match header {
            Some(name) => (header_name(name)?, HeaderValue::from_str(key.expose_secret())),
            None => (AUTHORIZATION, HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))),
        };
        let mut value = value.map_err(|_| illegal())?;
        value.set_sensitive(true);
        self.headers.insert(name, value);
        self.key = key;
        Ok(self)
    }

    /// Sends a header with every request.
    ///
    /// # Errors
    ///
    /// When its name or value has characters that no header can carry.
    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Result<Self, ModelError> {
        let illegal = |_| unusable(&format!("its header `{name}` holds characters no header can carry; check it"));
        let mut header = HeaderValue::from_str(value).map_err(illegal)?;
        header.set_sensitive(true);
        self.headers.insert(header_name(name)?, header);
        // Behind a word such as `Bearer`.
        self.secrets.extend(value.split_whitespace().map(SecretString::from));
        Ok(self)
    }

    /// Puts this behind the `?` of every request.
    pub(crate) fn with_query(mut self, key: &str, value: &str) -> Self {
        self.secrets.push(value.into());
        self.query.push((key.to_owned(), value.to_owned()));
        self
    }

    /// The address of one model, if each has its own.
    pub(super) fn of_model(&self, model: &str) -> Option<Self> {
        Some(Self { base_url: dialect::with_model(&self.base_url, model)?, ..self.clone() })
    }

    /// Whether the server is OpenAI itself (a regional one included), which answers nobody without a key.
    pub(crate) fn is_openai(&self) -> bool {
        let host = self.url.host_str().unwrap_or_default();
        host == "api.openai.com" || host.ends_with(".api.openai.com")
    }

    /// `text` without the key, should it be in there.
    pub(super) fn hide_key(&self, text: &str) -> String {
        let hide = |text: String, secret: &SecretString| Self::hide(&text, secret.expose_secret());
        self.secrets.iter().chain([&self.key]).fold(text.to_owned(), hide)
    }

    fn hide(text: &str, secret: &str) -> String {
        match secret {
            // Local servers are given placeholders such as `ollama`, which are words and no secrets.
            key if key.len() < SHORTEST_KEY => text.to_owned(),
            key => {
                let hidden = text.replace(key, "[key]");
                // A long text was cut, perhaps within the key.
                let rest = hidden.strip_suffix('…').unwrap_or(&hidden);
                let begins = |length: &usize| key.get(..*length).is_some_and(|begin| rest.ends_with(begin));
                match (SHORTEST_KEY / 2..key.len()).rev().find(begins) {
                    Some(length) => format!("{}[key]", &rest[..rest.len() - length]),
                    None => hidden,
                }
            }
        }
    }
}

impl Config for Endpoint {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.api_base())
    }

    fn query(&self) -> Vec<(&str, &str)> {
        self.query.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
    }

    fn api_base(&self) -> &str {
        &self.base_url
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&without_credentials(self.url.as_str())).finish()
    }
}

/// A URL as it may be shown: without user, password and query.
pub(crate) fn without_credentials(url: &str) -> String {
    let Ok(mut url) = Url::parse(url) else { return "(not a URL)".to_owned() };
    // Setting them fails only for URLs that cannot have them.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.to_string()
}

fn header_name(name: &str) -> Result<HeaderName, ModelError> {
    name.parse().map_err(|_| unusable(&format!("`{name}` is no name of a header")))
}

fn unusable(reason: &str) -> ModelError {
    ModelError::new(ModelErrorClass::Configuration, reason)
}
