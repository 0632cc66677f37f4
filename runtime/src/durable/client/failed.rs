//! What a failure says: of a workflow, an update or an activity.

use super::Client;
use crate::agent::RunError;
use temporalio_client::NamespacedClient;
use temporalio_common::{
    data_converters::{SerializationContextData, WorkflowSerializationContext},
    error::IncomingError,
    payload_visitor::decode_payloads,
    protos::temporal::api::failure::v1::Failure,
};

/// What a failure says.
pub(crate) struct Failed {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) run: Option<Box<RunError>>,
}

impl Failed {
    pub(crate) fn of(error: &IncomingError) -> Self {
        match error {
            IncomingError::Application(failure) => Self {
                code: failure.type_name().unwrap_or("Error").to_owned(),
                message: failure.to_string(),
                run: failure.details().ok().flatten(),
            },
            other => Self { code: "Error".to_owned(), message: other.to_string(), run: None },
        }
    }

    /// Reads a failure as it was sent, through the client's codec.
    pub(super) async fn read(client: &Client, mut failure: Failure) -> Self {
        let message = failure.message.clone();
        let converter = client.temporal().data_converter();
        let context = SerializationContextData::Workflow(WorkflowSerializationContext::new());
        match decode_payloads(&mut failure, converter.codec(), &context).await {
            Ok(()) => Self::decoded(client, failure),
            Err(error) => Self::unreadable(&message, &error.to_string()),
        }
    }

    /// The same, where the codec was applied already.
    pub(super) fn decoded(client: &Client, failure: Failure) -> Self {
        let message = failure.message.clone();
        let converter = client.temporal().data_converter();
        let context = SerializationContextData::Workflow(WorkflowSerializationContext::new());
        let error = converter.failure_converter().to_error(failure, converter.payload_converter(), &context);
        match error {
            Ok(error) => Self::of(&error),
            Err(error) => Self::unreadable(&message, &error.to_string()),
        }
    }

    fn unreadable(message: &str, error: &str) -> Self {
        Self { code: "Error".to_owned(), message: format!("{message} (unreadable: {error})"), run: None }
    }
}
