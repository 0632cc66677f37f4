//! Requests that the SDK's options cannot make: written out, and sent past the interceptors of a client that was given.

use super::{Client, WorkflowError, start::Ready};
use std::time::Duration;
use temporalio_client::{NamespacedClient, WorkflowStartOptions, grpc::WorkflowService, tonic::Request};
use temporalio_common::{
    MemoValues,
    data_converters::{
        DataConverter, PayloadConversionError, RawValue, SerializationContextData, WorkflowSerializationContext,
    },
    protos::temporal::api::{
        common::v1::{Memo, Payload, Payloads, WorkflowType},
        enums::v1::{WorkflowIdConflictPolicy, WorkflowIdReusePolicy},
        sdk::v1::UserMetadata,
        taskqueue::v1::TaskQueue,
        workflowservice::v1::StartWorkflowExecutionRequest,
    },
    search_attributes::SearchAttributes,
};

/// What starts and schedules have in common, encoded.
pub(super) struct Encoded {
    pub(super) input: Payloads,
    pub(super) memo: Option<Memo>,
    pub(super) metadata: Option<UserMetadata>,
}

impl Client {
    /// Starts a workflow that begins later; says its run.
    pub(super) async fn start_delayed(&self, ready: Ready, delay: Duration) -> Result<String, WorkflowError> {
        let Ready { workflow, input, options, .. } = ready;
        let id = options.workflow_id.clone();
        let Encoded { input, memo, metadata } = self.encoded(&id, input, &options).await?;
        let mut client = self.temporal().clone();
        let request = StartWorkflowExecutionRequest {
            namespace: client.namespace(),
            identity: client.identity(),
            request_id: uuid::Uuid::new_v4().to_string(),
            workflow_id: options.workflow_id,
            workflow_type: Some(WorkflowType { name: workflow }),
            task_queue: Some(TaskQueue { name: options.task_queue, ..TaskQueue::default() }),
            input: Some(input),
            workflow_id_reuse_policy: WorkflowIdReusePolicy::from(options.id_reuse_policy).into(),
            workflow_id_conflict_policy: WorkflowIdConflictPolicy::from(options.id_conflict_policy).into(),
            workflow_execution_timeout: options.execution_timeout.and_then(|limit| limit.try_into().ok()),
            workflow_run_timeout: options.run_timeout.and_then(|limit| limit.try_into().ok()),
            workflow_start_delay: delay.try_into().ok(),
            search_attributes: options.search_attributes.map(SearchAttributes::into_proto),
            priority: Some(options.priority.into()),
            memo,
            user_metadata: metadata,
            ..StartWorkflowExecutionRequest::default()
        };
        let started = client.start_workflow_execution(Request::new(request)).await;
        let started = started.map_err(|status| WorkflowError::of_status(id, &status))?;
        Ok(started.into_inner().run_id)
    }

    pub(super) async fn encoded(
        &self,
        id: &str,
        input: RawValue,
        options: &WorkflowStartOptions,
    ) -> Result<Encoded, WorkflowError> {
        let encoded = encode(self.temporal().data_converter(), input, options).await;
        encoded.map_err(|error| WorkflowError::Payload { id: id.to_owned(), message: error.to_string() })
    }
}

async fn encode(
    converter: &DataConverter,
    input: RawValue,
    options: &WorkflowStartOptions,
) -> Result<Encoded, PayloadConversionError> {
    let context = SerializationContextData::Workflow(WorkflowSerializationContext::new());
    let input = Payloads { payloads: converter.codec().encode(&context, input.payloads).await? };
    let mut memo = Memo::default();
    for (key, value) in options.memo.iter().flat_map(MemoValues::iter) {
        memo.fields.insert(key.to_owned(), converter.to_payload(&context, value).await?);
    }
    let summary = options.static_summary.as_ref().and_then(|summary| crate::durable::payload::encode(summary).ok());
    let metadata = summary.map(|summary: Payload| UserMetadata { summary: Some(summary), details: None });
    Ok(Encoded { input, memo: Some(memo).filter(|memo| !memo.fields.is_empty()), metadata })
}
