//! The environment in every shape that matters, a server that is there and one that is not.

use super::*;
use std::{collections::HashMap, io::Write, time::Duration};

/// Reads these variables, and the machine's own file unless they name one.
fn read(variables: &[(&str, &str)]) -> Result<Environment, ConnectError> {
    let mut all = HashMap::from([("TEMPORAL_CONFIG_FILE".to_owned(), String::new())]);
    all.extend(variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())));
    environment::read(Some(&all))
}

fn server(variables: &[(&str, &str)]) -> Remote {
    match read(variables).unwrap() {
        Environment::Server(remote) => *remote,
        Environment::Silent { .. } => panic!("no server in {variables:?}"),
    }
}

#[test]
fn an_address_in_a_variable() {
    let remote = server(&[("TEMPORAL_ADDRESS", "orders.example:7233"), ("TEMPORAL_NAMESPACE", "orders")]);
    assert_eq!(remote.address(), "orders.example:7233");
    assert_eq!((remote.namespace.as_str(), remote.origin.as_str()), ("orders", "from TEMPORAL_ADDRESS"));
    assert!(remote.options.tls_options.is_none());

    let remote = server(&[("TEMPORAL_ADDRESS", "cloud.example:7233"), ("TEMPORAL_API_KEY", "key")]);
    assert!(remote.options.tls_options.is_some(), "an API key travels in TLS only");
}

#[test]
fn an_address_in_a_file() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"[profile.work]\naddress = 'work.example:7233'\nnamespace = 'orders'\n[profile.empty]\n").unwrap();
    let path = file.path().to_str().unwrap();
    let remote = server(&[("TEMPORAL_CONFIG_FILE", path), ("TEMPORAL_PROFILE", "work")]);
    assert_eq!((remote.address().as_str(), remote.namespace.as_str()), ("work.example:7233", "orders"));
    assert_eq!(remote.origin, format!("from profile `work` of `{path}`"));

    let remote = server(&[("TEMPORAL_CONFIG_FILE", path), ("TEMPORAL_PROFILE", "empty")]);
    assert_eq!(remote.address(), "localhost:7233");
    assert!(remote.origin.starts_with("the default"), "{}", remote.origin);

    let error = read(&[("TEMPORAL_CONFIG_FILE", path), ("TEMPORAL_PROFILE", "wrok")]).unwrap_err();
    assert!(error.to_string().contains("wrok"), "{error}");
}

#[test]
fn a_namespace_alone_names_no_server() {
    if dirs::config_dir().is_some_and(|folder| folder.join("temporalio/temporal.toml").exists()) {
        return;
    }
    let found = read(&[("TEMPORAL_NAMESPACE", "orders"), ("TEMPORAL_ADDRESS", "")]).unwrap();
    assert!(matches!(found, Environment::Silent { namespace: Some(name) } if name == "orders"));
}

#[tokio::test]
async fn a_dev_server_and_a_client_are_targets() {
    let target = Target::dev_server(DevServer::ephemeral()).namespace("orders");
    let connected = target.connect().await.unwrap();
    assert_eq!((connected.namespace.as_str(), connected.server.is_some()), ("orders", true));
    let again = Target::client(connected.client.clone()).connect().await.unwrap();
    assert_eq!(again.namespace, "orders");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    // Port 9 is nobody's: reserved for a service that throws away what it is sent.
    let remote = Remote::at("127.0.0.1:9", "given in the program").unwrap();
    let error = remote.reach(Duration::from_millis(300)).await.unwrap_err().to_string();
    assert!(error.contains("127.0.0.1:9 (given in the program): "), "{error}");
    assert!(Remote::at("no address at all", "").is_err());
}
