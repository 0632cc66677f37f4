//! Whether a server answers, asked the way a client would.

use super::DevServerError;
use std::time::Duration;
use temporalio_client::{
    Connection, ConnectionOptions, RetryOptions, Url,
    grpc::WorkflowService,
    tonic::{Code, IntoRequest, Status},
};
use temporalio_common::protos::temporal::api::workflowservice::v1::{
    DescribeNamespaceRequest, RegisterNamespaceRequest,
};

/// How long one question may take; a server that is starting refuses at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long a namespace of ours keeps closed workflows: what the CLI gives `default`.
const RETENTION: Duration = Duration::from_hours(24);

/// Whether the server at `address` answers and has `namespace`, which is registered if it is missing.
pub(super) async fn is_ready(address: &str, namespace: &str) -> Result<bool, DevServerError> {
    let Ok(outcome) = tokio::time::timeout(PATIENCE, describe(address, namespace)).await else {
        return Ok(false);
    };
    match outcome {
        Ok(()) => Ok(true),
        // `default` is made by the server itself, a moment after it begins to answer.
        Err(status) if status.code() == Code::NotFound && namespace != "default" => register(address, namespace).await,
        Err(status) if status.code() == Code::InvalidArgument => Err(refused(namespace, &status)),
        Err(_) => Ok(false),
    }
}

/// Whether the server knows `namespace`, in its own words.
pub(super) async fn describe(address: &str, namespace: &str) -> Result<(), Status> {
    let request = DescribeNamespaceRequest { namespace: namespace.to_owned(), ..Default::default() };
    WorkflowService::describe_namespace(&mut connect(address).await?, request.into_request()).await.map(drop)
}

/// Registers `namespace`; it is not ready before it can be described.
async fn register(address: &str, namespace: &str) -> Result<bool, DevServerError> {
    let request = RegisterNamespaceRequest {
        namespace: namespace.to_owned(),
        workflow_execution_retention_period: RETENTION.try_into().ok(),
        ..Default::default()
    };
    let Ok(mut connection) = connect(address).await else {
        return Ok(false);
    };
    match WorkflowService::register_namespace(&mut connection, request.into_request()).await {
        Err(status) if status.code() == Code::InvalidArgument => Err(refused(namespace, &status)),
        _ => Ok(false),
    }
}

async fn connect(address: &str) -> Result<Connection, Status> {
    let target = Url::parse(&format!("http://{address}")).map_err(|error| Status::internal(error.to_string()))?;
    // The caller asks again and again; a retry in here would only hide that the process has ended.
    let options = ConnectionOptions::new(target).retry_options(RetryOptions::no_retries()).build();
    Connection::connect(options).await.map_err(|error| Status::unavailable(error.to_string()))
}

fn refused(namespace: &str, status: &Status) -> DevServerError {
    DevServerError::Namespace { namespace: namespace.to_owned(), reason: status.message().to_owned() }
}
