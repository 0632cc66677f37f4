//! What the environment says about the Temporal server: the variables and the file that all Temporal tools read.

use super::{ConnectError, remote::Remote};
use std::collections::HashMap;
use temporalio_client::{ConnectionOptions, envconfig::LoadClientConfigProfileOptions};
use temporalio_common::envconfig::{DEFAULT_PROFILE, load_client_config_profile};

/// What was found.
#[derive(Debug)]
pub(super) enum Environment {
    /// A server.
    Server(Box<Remote>),
    /// No server; perhaps a namespace to work in.
    Silent { namespace: Option<String> },
}

/// Reads the environment, or `variables` in its place.
pub(super) fn read(variables: Option<&HashMap<String, String>>) -> Result<Environment, ConnectError> {
    let profile = load_client_config_profile(LoadClientConfigProfileOptions::default(), variables);
    let mut profile = profile.map_err(|error| ConnectError::Configuration(error.to_string()))?;
    // The SDK takes a variable that is set to nothing for a value.
    let filled = |text: &String| !text.is_empty();
    profile.address = profile.address.filter(filled);
    profile.api_key = profile.api_key.filter(filled);
    let namespace = profile.namespace.take().filter(filled);

    let variable = |name: &str| match variables {
        Some(variables) => variables.get(name).cloned().filter(filled),
        None => std::env::var(name).ok().filter(filled),
    };
    let (name, file) = (variable("TEMPORAL_PROFILE"), variable("TEMPORAL_CONFIG_FILE"));
    let named = name.is_some() || file.is_some();
    let origin = format!(
        "profile `{}` of `{}`",
        name.as_deref().unwrap_or(DEFAULT_PROFILE),
        file.as_deref().unwrap_or("temporalio/temporal.toml")
    );
    let origin = match &profile.address {
        Some(_) if variable("TEMPORAL_ADDRESS").is_some() => "from TEMPORAL_ADDRESS".to_owned(),
        Some(_) => format!("from {origin}"),
        None if named => format!("the default, as {origin} names no address"),
        None => return Ok(Environment::Silent { namespace }),
    };
    let options = ConnectionOptions::try_from(profile);
    Ok(Environment::Server(Box::new(Remote {
        options: options.map_err(|error| ConnectError::Configuration(error.to_string()))?,
        namespace: namespace.unwrap_or_else(|| "default".to_owned()),
        origin,
    })))
}
