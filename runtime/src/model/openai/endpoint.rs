//! Where a provider's server is, and what every request to it carries.

use crate::model::{ModelError, ModelErrorClass};
use async_openai::config::{Config, OPENAI_ORGANIZATION_HEADER, OPENAI_PROJECT_HEADER};
use reqwest::{
    Url,
    header::{AUTHORIZATION, HeaderMap, HeaderValue},
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
    base_url: Url,
    key: SecretString,
    headers: HeaderMap,
}

impl Endpoint {
    /// The server at `base_url`, which ends before `/responses` and `/chat/completions`.
    ///
    /// # Errors
    ///
    /// When it is not the URL of an HTTP server.
    pub(crate) fn new(base_url: &str) -> Result<Self, ModelError> {
        match Url::parse(base_url) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => {
                Ok(Self { base_url: url, key: SecretString::default(), headers: HeaderMap::new() })
            }
            // The text itself stays out: a key pasted into the wrong place would be shown.
            _ => Err(unusable("its base URL is not an HTTP one; write it as in `http://localhost:11434/v1`")),
        }
    }

    /// Sends `key` as the bearer token.
    ///
    /// # Errors
    ///
    /// When it has characters that no header can carry.
    pub(crate) fn with_key(mut self, key: SecretString) -> Result<Self, ModelError> {
        let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()))
            .map_err(|_| unusable("its API key holds characters no header can carry; look for a line break in it"))?;
        value.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, value);
        self.key = key;
        Ok(self)
    }

    /// Bills this organisation.
    ///
    /// # Errors
    ///
    /// When the id has characters that no header can carry.
    pub(crate) fn with_organization(self, id: &str) -> Result<Self, ModelError> {
        self.with_id(OPENAI_ORGANIZATION_HEADER, id)
    }

    /// Bills this project.
    ///
    /// # Errors
    ///
    /// When the id has characters that no header can carry.
    pub(crate) fn with_project(self, id: &str) -> Result<Self, ModelError> {
        self.with_id(OPENAI_PROJECT_HEADER, id)
    }

    fn with_id(mut self, name: &'static str, id: &str) -> Result<Self, ModelError> {
        let illegal = |_| unusable("its organization or project id holds characters no header can carry; check it");
        self.headers.insert(name, HeaderValue::from_str(id).map_err(illegal)?);
        Ok(self)
    }

    /// Whether the server is OpenAI itself (a regional one included), which answers nobody without a key.
    pub(crate) fn is_openai(&self) -> bool {
        let host = self.base_url.host_str().unwrap_or_default();
        host == "api.openai.com" || host.ends_with(".api.openai.com")
    }

    /// `text` without the key, should it be in there.
    pub(super) fn hide_key(&self, text: &str) -> String {
        match self.key.expose_secret() {
            // Local servers are given placeholders such as `ollama`, which are words and no secrets.
            key if key.len() < SHORTEST_KEY => text.to_owned(),
            key => text.replace(key, "[key]"),
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
        Vec::new()
    }

    fn api_base(&self) -> &str {
        self.base_url.as_str().trim_end_matches('/')
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&without_credentials(self.base_url.as_str())).finish()
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

fn unusable(reason: &str) -> ModelError {
    ModelError::new(ModelErrorClass::Configuration, reason)
}
