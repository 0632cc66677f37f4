//! Where models come from: a provider says how to reach one, and the registry which of them a name asks for.

mod answers;
mod registry;
#[cfg(test)]
mod tests;

pub use registry::{ProviderError, Providers};

use super::{
    Model, ModelError,
    openai::{Endpoint, Http, OpenAi, Timeouts, without_credentials},
    pace::Limits,
};
use secrecy::{ExposeSecret, SecretString};
use std::{fmt, sync::Arc};

const OPENAI_URL: &str = "https://api.openai.com/v1";

/// A server of models, or a model of your own.
///
/// Nothing is read from the environment and nothing is connected before a worker needs the provider, so making
/// one works anywhere.
///
/// ```
/// use steadfast::model::Provider;
///
/// let ollama = Provider::chat_completions("http://localhost:11434/v1");
/// let groq = Provider::chat_completions("https://api.groq.com/openai/v1").api_key_env("GROQ_API_KEY");
/// ```
#[derive(Clone)]
pub struct Provider {
    server: Server,
    key: Key,
    timeouts: Timeouts,
    limits: Limits,
}

#[derive(Clone)]
enum Server {
    OpenAi,
    Responses(String),
    ChatCompletions(String),
    Custom(Arc<dyn Model>),
}

#[derive(Clone)]
enum Key {
    None,
    Given(SecretString),
    Env(String),
}

impl Provider {
    /// OpenAI's Responses API.
    ///
    /// Reads `OPENAI_API_KEY`, `OPENAI_BASE_URL`, `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` when it is first used.
    #[must_use]
    pub fn openai() -> Self {
        Self::of(Server::OpenAi)
    }

    /// A server that speaks the Responses API; `base_url` is what comes before `/responses`.
    #[must_use]
    pub fn responses(base_url: impl Into<String>) -> Self {
        Self::of(Server::Responses(base_url.into()))
    }

    /// A server that speaks the Chat Completions API, as nearly all do; `base_url` is what comes before
    /// `/chat/completions`.
    #[must_use]
    pub fn chat_completions(base_url: impl Into<String>) -> Self {
        Self::of(Server::ChatCompletions(base_url.into()))
    }

    /// A model of your own. It gets no key and no timeouts from here, and cannot have limits a minute.
    #[must_use]
    pub fn custom(model: impl Model) -> Self {
        Self::of(Server::Custom(Arc::new(model)))
    }

    fn of(server: Server) -> Self {
        Self { server, key: Key::None, timeouts: Timeouts::default(), limits: Limits::default() }
    }

    /// Sends this API key. Prefer [`api_key_env`](Self::api_key_env), which keeps keys out of programs.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.key = Key::Given(SecretString::from(key.into()));
        self
    }

    /// Sends the API key in the environment variable `name`, read when the provider is first used.
    #[must_use]
    pub fn api_key_env(mut self, name: impl Into<String>) -> Self {
        self.key = Key::Env(name.into());
        self
    }

    /// Sets how long a call may take.
    #[must_use]
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Sends at most so many requests within any minute, from this worker: divide a provider's limit by the number of your
    /// workers.
    ///
    /// A call that is one too many waits on the worker, first come, first served, and that wait does not count into its
    /// timeouts here. Where it would be longer than a minute, the call fails with a
    /// [`RateLimited`](super::ModelErrorClass::RateLimited) error instead, is not sent, and is tried again after the wait. 1 or
    /// more.
    ///
    /// Without this, limits are kept as far as the provider tells of them in the headers of its answers (OpenAI, Azure,
    /// Groq, Anthropic and others do), for each model by itself; with it, both are. After an answer that asks to wait, as
    /// those with status 429 do, nothing is sent until then, for a minute at most.
    #[must_use]
    pub fn requests_per_minute(mut self, requests: u32) -> Self {
        self.limits.requests = Some(requests);
        self
    }

    /// Sends at most so many tokens within any minute, otherwise as
    /// [`requests_per_minute`](Self::requests_per_minute). The two are kept side by side.
    ///
    /// A call counts as a token for each four bytes of its request, and 1,000 for each image or file in it, until its answer says
    /// how many were read and written. One that is larger than the limit is sent when it would be the only one.
    #[must_use]
    pub fn tokens_per_minute(mut self, tokens: u32) -> Self {
        self.limits.tokens = Some(tokens);
        self
    }

    /// Whether models behind it can use hosted tools. Those of one's own may; they are asked when it comes to it.
    fn has_hosted_tools(&self) -> bool {
        !matches!(self.server, Server::ChatCompletions(_))
    }

    /// Builds the client. `env` reads a variable, and `http` hands out the connection pool.
    fn connect(
        &self,
        name: &str,
        env: &dyn Fn(&str) -> Option<String>,
        http: impl FnOnce(Timeouts) -> Result<Http, ModelError>,
    ) -> Result<Arc<dyn Model>, ProviderError> {
        let unusable = |reason: ModelError| ProviderError::Unusable { provider: name.to_owned(), reason };
        self.limits.check(matches!(self.server, Server::Custom(_))).map_err(unusable)?;
        let base_url = match &self.server {
            Server::OpenAi => env("OPENAI_BASE_URL").unwrap_or_else(|| OPENAI_URL.to_owned()),
            Server::Responses(url) | Server::ChatCompletions(url) => url.clone(),
            Server::Custom(model) => return Ok(Arc::clone(model)),
        };
        let mut endpoint = Endpoint::new(&base_url).map_err(unusable)?;

        let missing =
            |variable: &str| ProviderError::MissingKey { provider: name.to_owned(), variable: variable.to_owned() };
        let key = match &self.key {
            Key::Given(key) => Some(key.clone()).filter(|key| !key.expose_secret().is_empty()),
            Key::Env(variable) => Some(env(variable).ok_or_else(|| missing(variable))?.into()),
            Key::None if matches!(self.server, Server::OpenAi) => env("OPENAI_API_KEY").map(SecretString::from),
            Key::None => None,
        };
        match key {
            Some(key) => endpoint = endpoint.with_key(key).map_err(unusable)?,
            None if !endpoint.is_openai() => {}
            None if matches!(self.server, Server::OpenAi) => return Err(missing("OPENAI_API_KEY")),
            None => return Err(ProviderError::NoKey { provider: name.to_owned() }),
        }

        if let Server::OpenAi = self.server {
            if let Some(id) = env("OPENAI_ORG_ID") {
                endpoint = endpoint.with_organization(&id).map_err(unusable)?;
            }
            if let Some(id) = env("OPENAI_PROJECT_ID") {
                endpoint = endpoint.with_project(&id).map_err(unusable)?;
            }
        }

        let http = http(self.timeouts).map_err(unusable)?.paced(self.limits);
        Ok(match self.server {
            Server::ChatCompletions(_) => Arc::new(OpenAi::chat_completions(endpoint, &http)),
            _ => Arc::new(OpenAi::responses(endpoint, &http)),
        })
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (api, base_url) = match &self.server {
            Server::OpenAi => ("openai", None),
            Server::Responses(url) => ("responses", Some(url)),
            Server::ChatCompletions(url) => ("chat_completions", Some(url)),
            Server::Custom(_) => ("custom", None),
        };
        let key = match &self.key {
            Key::None => "none",
            Key::Given(_) => "given",
            Key::Env(variable) => variable,
        };
        f.debug_struct("Provider")
            .field("api", &api)
            .field("base_url", &base_url.map(|url| without_credentials(url)))
            .field("key", &key)
            .field("timeouts", &self.timeouts)
            .field("limits", &self.limits)
            .finish()
    }
}
