//! A workflow's context, as its adapter sees it.

use super::{
    Hosted,
    code::{self, Code},
};
use crate::{
    durable::{
        Site,
        adapter::{Again, Begun, Decoy, Host},
        desk::Request,
        journal::Past,
        marks::Marks,
        noted,
        patches::Asks,
        schedule,
    },
    effects::Noted,
    workflow::{Info, Workflow},
};
use futures::FutureExt;
use serde_json::Value;
use std::{cell::RefCell, rc::Rc, sync::Arc, task::Context, time::SystemTime};
use temporalio_common::data_converters::RawValue;
use temporalio_workflow::{WorkflowCancellationToken, WorkflowContext, WorkflowContextView};

/// The name that the workflow goes by.
pub(super) fn type_of<W: Workflow>(context: &WorkflowContext<Hosted<W>>) -> String {
    context.info().workflow_type().to_owned()
}

/// What a workflow is, to its code.
pub(crate) fn info_of(view: &WorkflowContextView) -> Info {
    Info {
        id: view.workflow_id().to_owned(),
        first_run_id: view.first_execution_run_id().to_owned(),
        workflow: view.workflow_type().to_owned(),
        parent: view.parent().map(|parent| parent.workflow_id().to_owned()),
    }
}

/// How to ask for patches.
pub(super) fn asks<W: Workflow>(context: &WorkflowContext<Hosted<W>>) -> Asks {
    let context = context.clone();
    Rc::new(move |id, is_over| if is_over { context.deprecate_patch(id) } else { context.patched(id) })
}

/// The adapter's view of a workflow's context.
pub(super) struct InTemporal<W: Workflow> {
    context: WorkflowContext<Hosted<W>>,
    site: Arc<Site>,
    /// What the workflow was started with, and what an earlier run has left for its code to begin with.
    input: RawValue,
    began_with: Option<Value>,
    /// The workflow's search attributes, where it keeps some.
    marks: RefCell<Option<Marks>>,
}

impl<W: Workflow> InTemporal<W> {
    pub(super) fn of(context: WorkflowContext<Hosted<W>>, input: RawValue, began_with: Option<Value>) -> Self {
        let marks = RefCell::new(Marks::of(&context.search_attributes()));
        let site = context.state(|hosted| Arc::clone(&hosted.site));
        Self { context, site, input, began_with, marks }
    }
}

impl<W: Workflow> Host for InTemporal<W> {
    fn time(&self) -> SystemTime {
        self.context.workflow_time().unwrap_or(SystemTime::UNIX_EPOCH)
    }

    fn is_replaying(&self) -> bool {
        self.context.is_replaying()
    }

    fn events(&self) -> u32 {
        self.context.history_length()
    }

    fn begin(&self, request: Request) -> Begun {
        schedule::begin(&self.context, request)
    }

    fn pause(&self) -> Begun {
        schedule::pause(&self.context, WorkflowCancellationToken::new())
    }

    fn show(&self, progress: String) {
        self.context.set_current_details(progress);
    }

    fn note(&self, noted: Noted) {
        self.context.state(|hosted| hosted.memo.borrow_mut().extend(noted.memo.keys().cloned()));
        if let Err(error) = noted::write(&self.context, noted) {
            self.fail_task(format!("its memo cannot be written: {error}"));
        }
    }

    fn mark(&self, agent: Option<String>) {
        if let Some(marks) = &mut *self.marks.borrow_mut() {
            let awaits_approval = self.context.state(|hosted| hosted.approvals.are_awaited());
            let changed = marks.changed(awaits_approval, agent);
            if !changed.is_empty() {
                self.context.upsert_search_attributes(changed);
            }
        }
    }

    fn running_children(&self) -> usize {
        self.context.state(|hosted| hosted.children.running())
    }

    fn poll_children(&self, cx: &mut Context<'_>) {
        let children = self.context.state(|hosted| hosted.children.clone());
        children.poll(cx);
    }

    fn is_continuing_suggested(&self) -> bool {
        self.context.continue_as_new_suggested()
    }

    fn is_cancelled(&self) -> bool {
        self.context.cancellation_token().is_cancelled()
    }

    fn asks(&self) -> Asks {
        asks(&self.context)
    }

    fn again(&self, past: &Past) -> Option<Again> {
        let Code { shared, execution } = code::copy(&self.context, &self.input, past)?;
        Some((shared, execution.map(drop).boxed()))
    }

    fn decoy(&self) -> Option<&Decoy> {
        self.site.decoy.as_ref()
    }

    fn began_with(&self) -> Option<Value> {
        self.began_with.clone()
    }

    fn tell_updates(&self) {
        self.context.state_mut(|_| ());
    }

    fn fail_task(&self, message: String) {
        self.context.force_task_fail(format!("workflow `{}`: {message}", type_of(&self.context)));
    }
}
