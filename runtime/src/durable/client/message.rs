//! What is sent to a workflow by name: a signal, a query or an update, with its argument.

use super::WorkflowError;
use crate::durable::{payload, sizes::Sizes};
use serde::Serialize;
use temporalio_common::{data_converters::RawValue, protos::temporal::api::common::v1::Payload};

/// A message that has not been sent yet.
pub(super) struct Message {
    pub(super) name: String,
    argument: Result<Payload, serde_json::Error>,
}

impl Message {
    pub(super) fn new<A: Serialize + ?Sized>(name: &str, argument: &A) -> Self {
        Self { name: name.to_owned(), argument: payload::encode(argument) }
    }

    /// The arguments, if the server would take them. What is `null` is sent as no argument at all, for a handler of any
    /// language may take none, and one that takes something reads `null` from nothing.
    pub(super) fn arguments(self, id: &str, sizes: Sizes) -> Result<RawValue, WorkflowError> {
        let name = self.name;
        let refused = |message| WorkflowError::Payload { id: id.to_owned(), message };
        let argument = self.argument;
        let argument =
            argument.map_err(|error| refused(format!("the argument of `{name}` does not serialise: {error}")))?;
        sizes.check(&format!("the argument of `{name}` is"), argument.data.len()).map_err(refused)?;
        let none = argument.data == b"null";
        Ok(RawValue::new(if none { Vec::new() } else { vec![argument] }))
    }
}
