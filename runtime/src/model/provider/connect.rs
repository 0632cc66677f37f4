//! From a provider as it is written to a client: what it is like, where it is, whose key it gets.

use super::{DEFAULT_PROVIDER, Key, Provider, ProviderError, Server};
use crate::model::{
    Model, ModelError, ModelErrorClass,
    dialect::{self, Api, Dialect, KeySource, MissingVariable, filled},
    openai::{Endpoint, Http, OpenAi, Timeouts},
};
use secrecy::{ExposeSecret, SecretString};
use std::{path::Path, sync::Arc};

/// Reads a variable of the environment.
type Env<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Provider {
    /// Whether models behind it can use hosted tools. Those of one's own may; they are asked when it comes to it.
    pub(super) fn has_hosted_tools(&self, env: Env<'_>) -> bool {
        // Whoever cannot be described says so elsewhere.
        self.dialect(env).is_none_or(|dialect| dialect.is_ok_and(|dialect| dialect.api == Api::Responses))
    }

    /// What the server is like; nothing, where it is a model of one's own.
    fn dialect(&self, env: Env<'_>) -> Option<Result<Dialect, String>> {
        Some(match &self.server {
            Server::Default => match env(DEFAULT_PROVIDER) {
                Some(named) => of_variable(&named),
                None => named("openai"),
            },
            Server::Named(name) => named(name),
            Server::File(path) => of_file(path),
            Server::Responses(url) => Ok(Dialect::plain(Api::Responses, url)),
            Server::ChatCompletions(url) => Ok(Dialect::plain(Api::ChatCompletions, url)),
            Server::Custom(_) => return None,
        })
    }

    /// Builds the client. `env` reads a variable, and `http` hands out the connection pool.
    pub(super) fn connect(
        &self,
        name: &str,
        env: Env<'_>,
        http: impl FnOnce(Timeouts) -> Result<Http, ModelError>,
    ) -> Result<Arc<dyn Model>, ProviderError> {
        let provider = || name.to_owned();
        let unusable = |reason: ModelError| ProviderError::Unusable { provider: provider(), reason: Box::new(reason) };
        let misconfigured = |reason: String| unusable(ModelError::new(ModelErrorClass::Configuration, reason));
        self.limits.check(matches!(self.server, Server::Custom(_))).map_err(unusable)?;
        let dialect = match (&self.server, self.dialect(env)) {
            (Server::Custom(model), _) => return Ok(Arc::clone(model)),
            (_, Some(dialect)) => dialect.map_err(misconfigured)?,
            (_, None) => return Err(misconfigured("it is no provider".to_owned())),
        };
        let unset = |MissingVariable(variable)| ProviderError::MissingVariable { provider: provider(), variable };
        let fill = |text: &str| filled(text, env);

        let elsewhere = self.base_url.clone().or_else(|| dialect.base_url_variable.as_deref().and_then(env));
        let base_url = elsewhere.clone().map_or_else(|| fill(&dialect.base_url).map_err(unset), Ok)?;
        let mut endpoint = Endpoint::new(&base_url).map_err(unusable)?;
        for (header, value) in &dialect.headers {
            if let Ok(value) = fill(value) {
                endpoint = endpoint.with_header(header, &value).map_err(unusable)?;
            }
        }
        for (key, value) in &dialect.query {
            endpoint = endpoint.with_query(key, &fill(value).map_err(unset)?);
        }

        let missing =
            |variable: &str| ProviderError::MissingKey { provider: provider(), variable: variable.to_owned() };
        let source = dialect.key.as_ref();
        let key = match &self.key {
            Key::Given(key) => Some(key.clone()).filter(|key| !key.expose_secret().is_empty()),
            Key::Env(variable) => Some(env(variable).ok_or_else(|| missing(variable))?.into()),
            Key::None => source.and_then(|source| env(&source.variable)).map(SecretString::from),
        };
        match (key, source) {
            (Some(key), source) => {
                let header = source.and_then(|source| source.header.as_deref());
                endpoint = endpoint.with_key(key, header).map_err(unusable)?;
            }
            // Another server is asked for by no key of this provider's.
            (None, Some(KeySource { variable, optional: false, .. }))
                if elsewhere.is_none() || endpoint.is_openai() =>
            {
                return Err(missing(variable));
            }
            (None, None) if endpoint.is_openai() => return Err(ProviderError::NoKey { provider: provider() }),
            (None, _) => {}
        }
        let http = http(self.timeouts).map_err(unusable)?.paced(self.limits);
        Ok(Arc::new(OpenAi::new(name, endpoint, &http, dialect)))
    }
}

fn named(name: &str) -> Result<Dialect, String> {
    dialect::builtin(name).unwrap_or_else(|| {
        let known: Vec<String> = dialect::NAMES.iter().map(|name| format!("`{name}`")).collect();
        let known = known.join(", ");
        Err(format!("no provider is known as `{name}`; known are {known}, and `Provider::file` takes others"))
    })
}

fn of_file(path: &Path) -> Result<Dialect, String> {
    let unreadable = |why: String| format!("the file `{}` is no provider's: {why}", path.display());
    Dialect::read(&std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?).map_err(unreadable)
}

/// What the variable names: a file, a provider, or a provider and the model that stands in for all.
fn of_variable(text: &str) -> Result<Dialect, String> {
    let said = |error| format!("{error} (so says the variable `{DEFAULT_PROVIDER}`)");
    if Path::new(text).extension().is_some_and(|end| end == "toml") {
        return of_file(Path::new(text)).map_err(said);
    }
    let (name, model) = text.split_once('/').map_or((text, None), |(name, model)| (name, Some(model)));
    let mut dialect = named(name).map_err(said)?;
    if model.is_some_and(str::is_empty) {
        return Err(said(format!("`{text}` names no model; write one behind the `/`, or leave that out")));
    }
    if let Some(model) = model {
        dialect.models.insert(dialect::ANY_MODEL.to_owned(), model.to_owned());
    }
    Ok(dialect)
}
