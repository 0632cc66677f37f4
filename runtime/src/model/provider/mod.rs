//! Where models come from: a provider says how to reach one, and the registry which of them a name asks for.

mod answers;
mod connect;
mod registry;
#[cfg(test)]
mod tests;

pub use registry::{ProviderError, Providers};

use super::{
    Model,
    openai::{Timeouts, without_credentials},
    pace::Limits,
};
use secrecy::SecretString;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The variable that says who serves models without a provider in their name, where the program does not.
const DEFAULT_PROVIDER: &str = "STEADFAST_PROVIDER";

/// A server of models, or a model of your own.
///
/// Nothing is read from the environment and nothing is connected before a worker needs the provider, so making
/// one works anywhere.
///
/// ```
/// use steadfast::model::Provider;
///
/// let groq = Provider::named("groq");
/// let gpus = Provider::named("vllm").base_url("http://gpus.internal:8000/v1");
/// let other = Provider::chat_completions("https://models.example/v1").api_key_env("EXAMPLE_API_KEY");
/// let described = Provider::file("providers/example.toml");
/// ```
///
/// # What providers do their own way
///
/// [`named`](Self::named) knows what is peculiar to a provider: where it is, in which variable its key is kept, what it
/// would ignore or refuse (that is left out, and a warning says so once), and what it wants back. All of that is data. The
/// file of a provider of one's own says the same in TOML, and only `api` and `base_url` have to be there. What says how a
/// chat is bent (`max_tokens`, `reasoning`, `echo`, `echo_beside_calls`, `[output]`, `[thoughts]`) is refused with the other API:
///
/// ```toml
/// api = "chat_completions"                  # or "responses"
/// base_url = "https://{EXAMPLE_REGION=eu}.models.example/v1"   # variables of the environment; `{model}` is the model
/// base_url_variable = "EXAMPLE_BASE_URL"    # a variable that may name another server
/// max_tokens = "max_tokens"                 # or "max_completion_tokens"
/// reasoning = ["reasoning_content"]         # where a message has the thoughts before it
/// echo = ["extra_content"]                  # fields of messages and calls that it wants back; without a list, all others
/// echo_beside_calls = []                    # the same for messages with calls, where they may not be missing
///
/// [key]
/// variable = "EXAMPLE_API_KEY"
/// header = "api-key"                        # without it, the key is sent as a bearer token
/// optional = false
///
/// [headers]
/// x-team = "{EXAMPLE_TEAM}"                 # left out where the variable is not set
///
/// [query]
/// api-version = "7"
///
/// [models]                                  # its names, by those that agents use; "*" is any other
/// "gpt-5.6-luna" = "example-large"
///
/// [output]                                  # how an answer of a type is asked for: "schema", "json" or in "words"
/// as = "schema"
/// beside_tools = "words"
/// streamed = "schema"
///
/// [thoughts]                                # thoughts within the text, where the flag of a message is true
/// flag = "/extra_content/example/thought"
/// open = "<thought>"
/// close = "</thought>"
///
/// [lacks]                                   # settings that are left out, and why: temperature, top_p, max_tokens,
/// metadata = "it refuses that"              # tool_choice, tool_choice_function, tool_choice_required,
///                                           # parallel_tool_calls, reasoning, metadata, strict, stream_usage
/// ```
#[derive(Clone)]
pub struct Provider {
    server: Server,
    base_url: Option<String>,
    key: Key,
    timeouts: Timeouts,
    limits: Limits,
}

#[derive(Clone)]
enum Server {
    /// The one that the environment names, else OpenAI.
    Default,
    Named(String),
    File(PathBuf),
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
        Self::named("openai")
    }

    /// A provider that this crate knows: `anthropic`, `azure`, `azure_v1`, `deepseek`, `gemini`, `groq`, `llamacpp`,
    /// `ollama`, `openai`, `openai_chat`, `openrouter` or `vllm`. Models of these need no registration, as in
    /// `model = "groq/llama-3.3-70b-versatile"`; registered under the name `openai`, one of them serves models without a
    /// provider in their name. Another name is an error when the worker starts.
    ///
    /// Each reads its key from the customary variable (`GROQ_API_KEY`), those that run on one's own machines their address
    /// too (`OLLAMA_BASE_URL`, `VLLM_BASE_URL`, `LLAMACPP_BASE_URL`), Azure `AZURE_OPENAI_ENDPOINT`.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Self {
        Self::of(Server::Named(name.into()))
    }

    /// A provider that a file describes; see above. It is read when the provider is first used.
    #[must_use]
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self::of(Server::File(path.as_ref().to_owned()))
    }

    /// Whom the variable `STEADFAST_PROVIDER` names, so that a program need not be changed: a provider that this crate knows
    /// (`groq`), the same with the model that stands in for all others (`ollama/llama3.2`), or a file that ends in `.toml`.
    /// Without the variable it is OpenAI.
    pub(crate) fn of_environment() -> Self {
        Self::of(Server::Default)
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
        Self { server, base_url: None, key: Key::None, timeouts: Timeouts::default(), limits: Limits::default() }
    }

    /// Sets another address of the same kind of server: what comes before `/responses` or `/chat/completions`.
    #[must_use]
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
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
    /// those with status 429 do, nothing is sent to that model until then, if that is a minute at most.
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
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (api, base_url) = match &self.server {
            Server::Default => ("default".into(), None),
            Server::Named(name) => (name.clone(), None),
            Server::File(path) => (path.display().to_string(), None),
            Server::Responses(url) => ("responses".into(), Some(url)),
            Server::ChatCompletions(url) => ("chat_completions".into(), Some(url)),
            Server::Custom(_) => ("custom".into(), None),
        };
        let key = match &self.key {
            Key::None => "none",
            Key::Given(_) => "given",
            Key::Env(variable) => variable,
        };
        f.debug_struct("Provider")
            .field("api", &api)
            .field("base_url", &self.base_url.as_ref().or(base_url).map(|url| without_credentials(url)))
            .field("key", &key)
            .field("timeouts", &self.timeouts)
            .field("limits", &self.limits)
            .finish()
    }
}
