//! Which build of a deployment begins workflows, and goes on with those that are not pinned.

use super::Client;
use crate::Result;
use std::{future::Future, time::Duration};
use temporalio_client::{
    NamespacedClient as _,
    grpc::WorkflowService as _,
    tonic::{Code, Request, Status},
};
use temporalio_common::protos::temporal::api::{
    enums::v1::RoutingConfigUpdateState,
    workflowservice::v1::{
        DescribeWorkerDeploymentRequest, SetWorkerDeploymentCurrentVersionRequest,
        SetWorkerDeploymentRampingVersionRequest,
    },
};

/// How long a build is waited for whose first worker has just been started.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// A build of a deployment that was not made the current one, or not brought in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("build `{build}` of deployment `{deployment}` gets no workflows: {message}")]
#[non_exhaustive]
pub struct DeploymentError {
    /// The deployment.
    pub deployment: String,
    /// The build.
    pub build: String,
    /// What the server said.
    pub message: String,
}

impl Client {
    /// Makes this build the current one of a [deployment](crate::WorkerSettings::deployment): workflows begin with it from now
    /// on, and those that are not pinned go on with it.
    ///
    /// A worker of the build has to poll already, on every task queue that the build before served and that is still in use;
    /// half a minute is waited for that. Saying it twice changes nothing.
    ///
    /// ```no_run
    /// # async fn release(app: steadfast::App) -> steadfast::Result<()> {
    /// app.client().await?.set_current_version("trips", env!("CARGO_PKG_VERSION")).await
    /// # }
    /// ```
    ///
    /// # Errors
    /// A [`DeploymentError`] when no such worker polls, or the server refuses.
    pub async fn set_current_version(&self, deployment: &str, build: &str) -> Result<()> {
        let set = || async {
            let mut client = self.temporal().clone();
            let request = SetWorkerDeploymentCurrentVersionRequest {
                namespace: client.namespace(),
                identity: client.identity(),
                deployment_name: deployment.to_owned(),
                build_id: build.to_owned(),
                ..SetWorkerDeploymentCurrentVersionRequest::default()
            };
            client.set_worker_deployment_current_version(Request::new(request)).await.map(drop)
        };
        self.settled(deployment, build, set).await
    }

    /// Has so many percent of all workflows begin with this build, and of those that are not pinned go on with it; the rest
    /// stay with the current one. 0 takes it back. It is over when the build is
    /// [made the current one](Self::set_current_version).
    ///
    /// # Errors
    /// A [`DeploymentError`] as above, and when `percent` is not from 0 to 100.
    pub async fn set_ramping_version(&self, deployment: &str, build: &str, percent: f32) -> Result<()> {
        let set = || async {
            let mut client = self.temporal().clone();
            let request = SetWorkerDeploymentRampingVersionRequest {
                namespace: client.namespace(),
                identity: client.identity(),
                deployment_name: deployment.to_owned(),
                build_id: build.to_owned(),
                percentage: percent,
                ..SetWorkerDeploymentRampingVersionRequest::default()
            };
            client.set_worker_deployment_ramping_version(Request::new(request)).await.map(drop)
        };
        self.settled(deployment, build, set).await
    }

    /// Asks until the server has seen the build's workers, who tell of themselves with their first polls, and waits until all
    /// its parts know of the change.
    async fn settled<F>(&self, deployment: &str, build: &str, mut set: impl FnMut() -> F) -> Result<()>
    where
        F: Future<Output = Result<(), Status>>,
    {
        let mut waited = Duration::ZERO;
        let mut is_set = false;
        loop {
            let done = if is_set { Ok(()) } else { set().await };
            let done = match done {
                Ok(()) => {
                    is_set = true;
                    self.is_known_everywhere(deployment).await
                }
                Err(status) => Err(status),
            };
            match done {
                Ok(true) => return Ok(()),
                Ok(false) if waited < PATIENCE => {}
                Err(status) if is_early(status.code()) && waited < PATIENCE => {}
                ended => {
                    let message = match ended {
                        Err(status) if is_early(status.code()) => format!(
                            "{}; is a worker with `.deployment(\"{deployment}\", \"{build}\")` running?",
                            status.message()
                        ),
                        Err(status) => status.message().to_owned(),
                        Ok(_) => "it was told so, and is still telling its task queues; ask again".to_owned(),
                    };
                    let (deployment, build) = (deployment.to_owned(), build.to_owned());
                    return Err(DeploymentError { deployment, build, message }.into());
                }
            }
            tokio::time::sleep(PAUSE).await;
            waited += PAUSE;
        }
    }

    /// Whether all task queues go by what was last said about the deployment.
    async fn is_known_everywhere(&self, deployment: &str) -> Result<bool, Status> {
        let mut client = self.temporal().clone();
        let request =
            DescribeWorkerDeploymentRequest { namespace: client.namespace(), deployment_name: deployment.to_owned() };
        let described = client.describe_worker_deployment(Request::new(request)).await?.into_inner();
        let state = described.worker_deployment_info.map(|info| info.routing_config_update_state());
        Ok(state != Some(RoutingConfigUpdateState::InProgress))
    }
}

/// Whether the server may say otherwise in a moment: it has no such build yet, or not on all queues, or is busy.
const fn is_early(code: Code) -> bool {
    matches!(
        code,
        Code::NotFound | Code::FailedPrecondition | Code::Aborted | Code::Unavailable | Code::ResourceExhausted
    )
}
