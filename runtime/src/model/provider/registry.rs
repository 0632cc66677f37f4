//! The registry of providers: from a model's name to the client that serves it.

use super::{Provider, answers::Answers};
use crate::model::{
    Model, ModelError, dialect,
    openai::{Http, Timeouts},
};
use std::{
    collections::BTreeMap,
    env, fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// The provider of models whose name has no `/`.
const OPENAI: &str = "openai";

/// The providers of a worker, by name.
///
/// A model's name is `provider/model`, or just `model` for OpenAI's. Clients are built when they are first asked
/// for and then shared, by clones too; providers with the same timeouts share their connections.
#[derive(Clone, Debug)]
pub struct Providers {
    entries: BTreeMap<String, Arc<Entry>>,
    pools: Arc<Mutex<Vec<Http>>>,
    answers: Answers,
}

struct Entry {
    provider: Provider,
    client: Mutex<Option<Arc<dyn Model>>>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.provider.fmt(f)
    }
}

impl Default for Providers {
    /// Holds those that [`Provider::named`] knows, by their names. `openai` serves models without a provider in their name;
    /// the variable `STEADFAST_PROVIDER` may put another in its place.
    fn default() -> Self {
        let mut providers = Self { entries: BTreeMap::new(), pools: Arc::default(), answers: Answers::default() };
        for name in dialect::NAMES {
            providers.add(*name, Provider::named(*name));
        }
        providers.add(OPENAI, Provider::of_environment());
        providers
    }
}

impl Providers {
    /// Registers `provider` under `name`, in place of one that has this name already.
    ///
    /// The name stands before the first `/` of a model's name, so it has none itself.
    pub fn add(&mut self, name: impl Into<String>, provider: Provider) {
        // Another provider answers for itself.
        self.answers = Answers::default();
        self.entries.insert(name.into(), Arc::new(Entry { provider, client: Mutex::default() }));
    }

    /// Finds the provider that `model` names, and the model's name there: for `ollama/llama3.2`, what is
    /// registered as `ollama`, and `llama3.2`.
    ///
    /// # Errors
    ///
    /// When there is no such provider, or it lacks its key, or cannot be used as it is configured.
    pub fn resolve(&self, model: &str) -> Result<(Arc<dyn Model>, String), ProviderError> {
        self.resolve_in(model, &variable)
    }

    /// The same, of a model that answers equal requests with one answer for so long, if so long is said.
    pub(crate) fn resolve_kept(
        &self,
        model: &str,
        cache: Option<Duration>,
    ) -> Result<(Arc<dyn Model>, String), ProviderError> {
        let (client, name) = self.resolve(model)?;
        let client = match cache {
            Some(lifetime) => self.answers.of(client, model, lifetime),
            None => client,
        };
        Ok((client, name))
    }

    pub(in crate::model) fn resolve_in(
        &self,
        model: &str,
        env: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Arc<dyn Model>, String), ProviderError> {
        let (provider, name) = model.split_once('/').unwrap_or((OPENAI, model));
        let Some(entry) = self.entries.get(provider) else {
            let known = self.entries.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            return Err(ProviderError::Unknown { provider: provider.to_owned(), model: model.to_owned(), known });
        };
        if name.is_empty() {
            return Err(ProviderError::NoModel { model: model.to_owned() });
        }
        // One that failed is tried again the next time: its key may have been set by then.
        let mut client = entry.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*client {
            return Ok((Arc::clone(client), name.to_owned()));
        }
        let new = entry.provider.connect(provider, env, |timeouts| self.pool(timeouts))?;
        Ok((Arc::clone(client.insert(new)), name.to_owned()))
    }

    /// Whether `model` can use hosted tools, as far as its provider's API tells; one that is not registered is a
    /// mistake of its own.
    pub(crate) fn has_hosted_tools(&self, model: &str) -> bool {
        let (provider, _) = model.split_once('/').unwrap_or((OPENAI, model));
        self.entries.get(provider).is_none_or(|entry| entry.provider.has_hosted_tools(&variable))
    }

    /// The connection pool for `timeouts`. A registry's and not the process's: connections belong to the tokio
    /// runtime they were opened in, and tests have many.
    fn pool(&self, timeouts: Timeouts) -> Result<Http, ModelError> {
        let mut pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pools.iter().find(|pool| pool.timeouts() == timeouts) {
            return Ok(pool.clone());
        }
        let pool = Http::new(timeouts)?;
        pools.push(pool.clone());
        Ok(pool)
    }

    #[cfg(test)]
    pub(super) fn pool_count(&self) -> usize {
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// What a variable of the environment says; an empty one says nothing.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// Why a model's name leads to no model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProviderError {
    /// No provider of that name is registered.
    #[error(
        "the model `{model}` names the provider `{provider}`, which is none of {known}; \
         add `.provider(\"{provider}\", Provider::chat_completions(\"http://localhost:11434/v1\"))`"
    )]
    Unknown {
        /// The provider asked for.
        provider: String,
        /// The model's whole name.
        model: String,
        /// The providers there are, in backticks.
        known: String,
    },
    /// The name stops before the model's own.
    #[error("`{model}` names no model; write its name, as in `gpt-5.6-luna` or `ollama/llama3.2`")]
    NoModel {
        /// The model's whole name.
        model: String,
    },
    /// The environment variable with the key is not set.
    #[error("the provider `{provider}` has no API key; set the environment variable `{variable}`")]
    MissingKey {
        /// The provider's name.
        provider: String,
        /// The variable that should hold the key.
        variable: String,
    },
    /// An environment variable that its address or its requests need is not set.
    #[error("the provider `{provider}` needs the environment variable `{variable}`; set it")]
    MissingVariable {
        /// The provider's name.
        provider: String,
        /// The variable.
        variable: String,
    },
    /// The server answers nobody without a key, and none is configured.
    #[error("the provider `{provider}` has no API key; add `.api_key_env(\"OPENAI_API_KEY\")` to it")]
    NoKey {
        /// The provider's name.
        provider: String,
    },
    /// The provider is configured in a way that cannot work.
    #[error("the provider `{provider}` cannot be used: {reason}")]
    Unusable {
        /// The provider's name.
        provider: String,
        /// What is wrong, and what to do.
        reason: Box<ModelError>,
    },
}
