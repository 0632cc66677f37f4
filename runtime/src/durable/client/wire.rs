//! The SDK's client, seen from where it speaks to the server: for what its options cannot say, and its answers leave out.

use futures::future::{BoxFuture, FutureExt};
use std::sync::{Arc, Mutex, PoisonError};
use temporalio_client::{
    ClientInterceptor, NamespacedClient,
    grpc::WorkflowService,
    tonic::{Request, Response, Status},
};
use temporalio_common::{
    data_converters::DataConverter,
    protos::temporal::api::{
        failure::v1::Failure,
        update::v1::outcome,
        workflowservice::v1::{
            PollWorkflowExecutionUpdateRequest, PollWorkflowExecutionUpdateResponse, UpdateWorkflowExecutionRequest,
            UpdateWorkflowExecutionResponse,
        },
    },
};

type Answer<'a, T> = BoxFuture<'a, Result<Response<T>, Status>>;

/// A client for one call. Interceptors and codecs are the inner client's.
///
/// Only the methods below reach the server; the trait answers all others with nothing. So it is used for the calls named
/// here and for no other.
#[derive(Clone)]
pub(super) struct Wire {
    client: temporalio_client::Client,
    /// What an update was answered with at once, if that was a failure.
    failure: Arc<Mutex<Option<Failure>>>,
}

impl Wire {
    pub(super) fn new(client: &temporalio_client::Client) -> Self {
        Self { client: client.clone(), failure: Arc::default() }
    }

    /// The failure that an update was answered with at once: the workflow has refused it, or accepted it and failed.
    pub(super) fn take_failure(&self) -> Option<Failure> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl NamespacedClient for Wire {
    fn namespace(&self) -> String {
        self.client.namespace()
    }

    fn identity(&self) -> String {
        self.client.identity()
    }

    fn data_converter(&self) -> &DataConverter {
        self.client.data_converter()
    }

    fn client_interceptors(&self) -> &[Arc<dyn ClientInterceptor>] {
        self.client.client_interceptors()
    }
}

impl WorkflowService for Wire {
    fn update_workflow_execution(
        &mut self,
        request: Request<UpdateWorkflowExecutionRequest>,
    ) -> Answer<'_, UpdateWorkflowExecutionResponse> {
        async move {
            let answer = self.client.update_workflow_execution(request).await?;
            let outcome = answer.get_ref().outcome.as_ref().and_then(|outcome| outcome.value.as_ref());
            if let Some(outcome::Value::Failure(failure)) = outcome {
                *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure.clone());
            }
            Ok(answer)
        }
        .boxed()
    }

    fn poll_workflow_execution_update(
        &mut self,
        request: Request<PollWorkflowExecutionUpdateRequest>,
    ) -> Answer<'_, PollWorkflowExecutionUpdateResponse> {
        self.client.poll_workflow_execution_update(request)
    }
}
