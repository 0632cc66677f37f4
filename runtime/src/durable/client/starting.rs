//! How a start is sent: alone, with a signal or with an update.

use super::{
    Client, Handle, IdConflictPolicy, UpdateHandle, WorkflowError,
    message::Message,
    start::{Plan, Ready, Way, with_update},
    update::{self, Followed},
};
use temporalio_client::{UntypedSignal, UntypedWorkflow, errors::WorkflowUpdateWithStartError};

impl Client {
    pub(super) async fn begin<T>(&self, plan: Plan) -> Result<Handle<T>, WorkflowError> {
        let ready = plan.ready(self, Way::Alone).await?;
        let id = ready.options.workflow_id.clone();
        let is_first = ready.conflict != Some(IdConflictPolicy::UseExisting);
        let run = if let Some(delay) = ready.delay {
            Some(self.start_delayed(ready, delay).await?)
        } else {
            let workflow = UntypedWorkflow::new(ready.workflow);
            let started = self.temporal().start_workflow(workflow, ready.input, ready.options).await;
            started.map_err(|error| WorkflowError::of_start(&id, error))?.run_id().map(str::to_owned)
        };
        Ok(Handle::started(self.clone(), id, run, is_first))
    }

    pub(super) async fn begin_with_signal<T>(&self, ready: Ready, signal: Message) -> Result<Handle<T>, WorkflowError> {
        let id = ready.options.workflow_id.clone();
        let name = UntypedSignal::<UntypedWorkflow>::new(signal.name.as_str());
        let payload = signal.arguments(&id, self.sizes)?;
        let workflow = UntypedWorkflow::new(ready.workflow);
        let started =
            self.temporal().signal_with_start_workflow(workflow, ready.input, name, payload, ready.options).await;
        let started = started.map_err(|error| WorkflowError::of_start(&id, error))?;
        Ok(Handle::started(self.clone(), id, started.run_id().map(str::to_owned), false))
    }

    pub(super) async fn begin_with_update<T, R>(
        &self,
        ready: Ready,
        update: Message,
        update_id: Option<String>,
    ) -> Result<(Handle<T>, UpdateHandle<R>), WorkflowError> {
        let id = ready.options.workflow_id.clone();
        let name = update.name.clone();
        let argument = update.arguments(&id, self.sizes)?;
        let (workflow, options) = (UntypedWorkflow::new(ready.workflow), with_update(ready.options, update_id));
        let update = update::untyped(&name);
        let sent = self.temporal().start_update_with_start_workflow(workflow, ready.input, update, argument, options);
        let sent: Followed = match sent.await {
            Ok(sent) => sent,
            Err(WorkflowUpdateWithStartError::Start(error)) => return Err(WorkflowError::of_start(&id, error)),
            Err(WorkflowUpdateWithStartError::Update(error)) => {
                return Err(update::interpret(&Handle::<()>::new(self.clone(), id), &name, error).await);
            }
            Err(WorkflowUpdateWithStartError::Rpc(status)) => return Err(WorkflowError::of_status(id, &status)),
            Err(other) => return Err(WorkflowError::Server { id, message: other.to_string() }),
        };
        let run = sent.workflow_run_id().map(str::to_owned);
        let workflow = Handle::started(self.clone(), id, run, false);
        let update = UpdateHandle::new(workflow.untyped(), name, sent);
        Ok((workflow, update))
    }
}
