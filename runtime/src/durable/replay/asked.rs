//! Notes what a workflow's code asks for while it is replayed.

use super::step::{Step, What};
use std::sync::{Arc, Mutex, PoisonError};
use temporalio_common::data_converters::RawValue;
use temporalio_sdk::workflow_interceptors::{
    CancelExternalWorkflowInput, CancelExternalWorkflowResult, CancellableWorkflowOutboundFuture, ExecuteWorkflowInput,
    ExecuteWorkflowResult, ScheduleActivityInput, ScheduleActivityResult, ScheduleLocalActivityInput,
    SignalWorkflowInput, SignalWorkflowResult, StartChildWorkflowInput, StartChildWorkflowResult, StartTimerInput,
    WorkflowInterceptor, WorkflowInterceptorConstructor, WorkflowInterceptorContext, WorkflowInterceptorFuture,
    WorkflowNext, WorkflowOutboundFuture,
};
use temporalio_workflow::{TimerResult, WorkflowTermination};

/// What was asked for, in order. Clones share it.
#[derive(Clone, Default)]
pub(super) struct Asked(Arc<Mutex<Vec<Step>>>);

impl Asked {
    pub(super) fn interceptor(&self) -> WorkflowInterceptorConstructor {
        let asked = self.clone();
        WorkflowInterceptorConstructor::new(move |_| {
            // A task that has failed is begun again, with the workflow from its start.
            asked.take();
            asked.clone()
        })
    }

    pub(super) fn take(&self) -> Vec<Step> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn note(&self, what: What) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Step { event: None, what });
    }
}

/// What goes on to whoever does it.
type Next<I, O> = WorkflowNext<'static, I, O>;

impl WorkflowInterceptor for Asked {
    fn execute<'a>(
        &'a self,
        _: WorkflowInterceptorContext,
        input: ExecuteWorkflowInput,
        next: WorkflowNext<'a, ExecuteWorkflowInput, WorkflowInterceptorFuture<'a, ExecuteWorkflowResult>>,
    ) -> WorkflowInterceptorFuture<'a, ExecuteWorkflowResult> {
        WorkflowInterceptorFuture::new(async move {
            let ended = next.run(input).await;
            match &ended {
                Ok(result) => {
                    let result = result.downcast_ref::<RawValue>();
                    self.note(What::Returned(result.and_then(|result| result.payloads.first().cloned())));
                }
                Err(WorkflowTermination::Failed(error)) => self.note(What::Failed(error.to_string())),
                Err(WorkflowTermination::Cancelled { .. }) => self.note(What::Cancelled),
                Err(WorkflowTermination::ContinueAsNew(_)) => self.note(What::Continued),
                Err(_) => {}
            }
            ended
        })
    }

    fn start_timer(
        &self,
        _: WorkflowInterceptorContext,
        input: StartTimerInput,
        next: Next<StartTimerInput, CancellableWorkflowOutboundFuture<TimerResult>>,
    ) -> CancellableWorkflowOutboundFuture<TimerResult> {
        self.note(What::Timer(input.options().duration));
        next.run(input)
    }

    fn schedule_activity(
        &self,
        _: WorkflowInterceptorContext,
        input: ScheduleActivityInput,
        next: Next<ScheduleActivityInput, CancellableWorkflowOutboundFuture<ScheduleActivityResult>>,
    ) -> CancellableWorkflowOutboundFuture<ScheduleActivityResult> {
        let argument = input.input_ref::<RawValue>().and_then(|input| input.payloads.first().cloned());
        let note = input.options().summary.clone();
        self.note(What::Activity(input.activity_type().to_owned(), note, argument));
        next.run(input)
    }

    fn schedule_local_activity(
        &self,
        _: WorkflowInterceptorContext,
        input: ScheduleLocalActivityInput,
        next: Next<ScheduleLocalActivityInput, CancellableWorkflowOutboundFuture<ScheduleActivityResult>>,
    ) -> CancellableWorkflowOutboundFuture<ScheduleActivityResult> {
        self.note(What::LocalActivity(input.activity_type().to_owned()));
        next.run(input)
    }

    fn start_child_workflow(
        &self,
        _: WorkflowInterceptorContext,
        input: StartChildWorkflowInput,
        next: Next<StartChildWorkflowInput, CancellableWorkflowOutboundFuture<StartChildWorkflowResult>>,
    ) -> CancellableWorkflowOutboundFuture<StartChildWorkflowResult> {
        let argument = input.input_ref::<RawValue>().and_then(|input| input.payloads.first().cloned());
        self.note(What::Child(input.workflow_type().to_owned(), argument));
        next.run(input)
    }

    fn signal_workflow(
        &self,
        _: WorkflowInterceptorContext,
        input: SignalWorkflowInput,
        next: Next<SignalWorkflowInput, CancellableWorkflowOutboundFuture<SignalWorkflowResult>>,
    ) -> CancellableWorkflowOutboundFuture<SignalWorkflowResult> {
        let argument = input.input_ref::<RawValue>().and_then(|input| input.payloads.first().cloned());
        self.note(What::Signal(input.signal_name().to_owned(), argument));
        next.run(input)
    }

    fn cancel_external_workflow(
        &self,
        _: WorkflowInterceptorContext,
        input: CancelExternalWorkflowInput,
        next: Next<CancelExternalWorkflowInput, WorkflowOutboundFuture<CancelExternalWorkflowResult>>,
    ) -> WorkflowOutboundFuture<CancelExternalWorkflowResult> {
        self.note(What::CancelOther(input.workflow_id.clone()));
        next.run(input)
    }
}
