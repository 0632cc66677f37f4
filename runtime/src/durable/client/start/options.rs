//! What was said about a start, checked and put into the SDK's terms.

use super::{IdConflictPolicy, IdReusePolicy};
use crate::durable::{
    client::{Client, SearchValue, WorkflowError, search},
    payload,
};
use serde::Serialize;
use serde_json::Value;
use std::{collections::BTreeMap, time::Duration};
use temporalio_client::{Priority, WorkflowStartOptions, WorkflowUpdateWithStartOptions};
use temporalio_common::{MemoValues, data_converters::RawValue, protos::temporal::api::common::v1::Payload};

/// A start that has not been sent yet.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) workflow: String,
    input: Result<Payload, serde_json::Error>,
    pub(crate) id: Option<String>,
    pub(super) options: Options,
}

#[derive(Debug, Default)]
pub(crate) struct Options {
    pub(super) reuse: Option<IdReusePolicy>,
    pub(super) conflict: Option<IdConflictPolicy>,
    pub(super) execution_timeout: Option<Duration>,
    pub(super) run_timeout: Option<Duration>,
    pub(super) start_delay: Option<Duration>,
    pub(super) task_queue: Option<String>,
    pub(super) memo: BTreeMap<String, Result<Value, serde_json::Error>>,
    pub(super) attributes: BTreeMap<String, SearchValue>,
    pub(super) priority: Option<u8>,
    pub(super) fairness: Option<(String, f32)>,
    pub(super) summary: Option<String>,
}

/// A start as the SDK takes it.
pub(crate) struct Ready {
    pub(crate) workflow: String,
    pub(crate) input: RawValue,
    pub(crate) options: WorkflowStartOptions,
    pub(crate) delay: Option<Duration>,
    pub(crate) conflict: Option<IdConflictPolicy>,
}

/// How a start is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Alone,
    WithSignal,
    WithUpdate,
    Scheduled,
}

impl Plan {
    pub(crate) fn new<I: Serialize + ?Sized>(workflow: &str, input: &I) -> Self {
        Self { workflow: workflow.to_owned(), input: payload::encode(input), id: None, options: Options::default() }
    }

    pub(crate) fn id(mut self, id: &str) -> Self {
        self.id = Some(id.to_owned());
        self
    }

    /// Checks everything, before anything is sent.
    pub(crate) async fn ready(self, client: &Client, way: Way) -> Result<Ready, WorkflowError> {
        let Self { workflow, input, id, options } = self;
        let id = id.unwrap_or_else(|| format!("{workflow}-{}", uuid::Uuid::new_v4()));
        let refused = |message: String| WorkflowError::Payload { id: id.clone(), message };
        let input = input.map_err(|error| refused(format!("the input does not serialise: {error}")))?;
        client.sizes.check("the input is", input.data.len()).map_err(refused)?;
        let (delay, conflict) = (options.start_delay, options.conflict);
        options.check(way).map_err(|message| WorkflowError::Options { id: id.clone(), message })?;
        let mut options = options.translate(&id, &client.task_queue)?;
        // Where this process has a worker, the answer to the start brings the first task along: to whichever build it is.
        options.enable_eager_workflow_start = way == Way::Alone && delay.is_none() && !client.is_versioned;
        search::mark(&mut options, client).await;
        Ok(Ready { workflow, input: RawValue::new(vec![input]), options, delay, conflict })
    }
}

impl Options {
    /// What does not go together, said before the server says it in its own words, or says nothing.
    fn check(&self, way: Way) -> Result<(), String> {
        let has_policy = self.reuse.is_some() || self.conflict.is_some();
        let broken = match way {
            _ if self.reuse == Some(IdReusePolicy::Reject)
                && self.conflict == Some(IdConflictPolicy::TerminateExisting) =>
            {
                TERMINATED_AND_REJECTED
            }
            Way::WithSignal if self.conflict == Some(IdConflictPolicy::Fail) => SIGNALLED_OR_FAILED,
            Way::WithSignal | Way::WithUpdate if self.start_delay.is_some() => SENT_AT_ONCE,
            Way::Scheduled if has_policy || self.start_delay.is_some() => SCHEDULED,
            _ => return self.check_values(),
        };
        Err(broken.to_owned())
    }

    fn check_values(&self) -> Result<(), String> {
        if let Some(priority) = self.priority.filter(|priority| !(1..=5).contains(priority)) {
            return Err(format!("a priority is from 1 to 5, and not {priority}"));
        }
        if let Some((_, weight)) = self.fairness.as_ref().filter(|(_, weight)| !(0.001..=1000.0).contains(weight)) {
            return Err(format!("the weight of a fairness key is from 0.001 to 1000, and not {weight}"));
        }
        if let Some((key, Err(error))) = self.memo.iter().find(|(_, value)| value.is_err()) {
            return Err(format!("the memo `{key}` does not serialise: {error}"));
        }
        Ok(())
    }

    fn translate(self, id: &str, task_queue: &str) -> Result<WorkflowStartOptions, WorkflowError> {
        let invalid = |message| WorkflowError::Options { id: id.to_owned(), message };
        let (fairness, weight) = self.fairness.unzip();
        let priority = Priority::builder()
            .maybe_priority_key(self.priority.map(u32::from))
            .maybe_fairness_key(fairness)
            .maybe_fairness_weight(weight)
            .build();
        let mut memo = MemoValues::new();
        for (key, value) in self.memo {
            memo.insert(key, value.map_err(|error| invalid(error.to_string()))?);
        }
        let attributes = search::encode(&self.attributes).map_err(invalid)?;
        Ok(WorkflowStartOptions::new(self.task_queue.unwrap_or_else(|| task_queue.to_owned()), id)
            .id_reuse_policy(self.reuse.map(Into::into).unwrap_or_default())
            .id_conflict_policy(self.conflict.map(Into::into).unwrap_or_default())
            .maybe_execution_timeout(self.execution_timeout)
            .maybe_run_timeout(self.run_timeout)
            .maybe_search_attributes(Some(attributes).filter(|attributes| !attributes.is_empty()))
            .priority(priority)
            .maybe_memo(memo.iter().next().is_some().then_some(memo.clone()))
            .maybe_static_summary(self.summary)
            .build())
    }
}

const TERMINATED_AND_REJECTED: &str = "`IdReusePolicy::Reject` and `IdConflictPolicy::TerminateExisting` contradict \
    each other: the terminated workflow's id could not be used again";
const SIGNALLED_OR_FAILED: &str = "`with_signal` signals the workflow that is running, so `IdConflictPolicy::Fail` has \
    no meaning there; leave it out";
const SENT_AT_ONCE: &str = "a start with a signal or an update begins at once, and has no `start_delay`";
const SCHEDULED: &str = "a schedule gives each workflow an id with its time, and starts it then; it has no policies for \
    ids, and no `start_delay`";

/// The same for a start with an update, which needs to know what to do about a workflow that is running.
pub(crate) fn with_update(options: WorkflowStartOptions, update: Option<String>) -> WorkflowUpdateWithStartOptions {
    use temporalio_client::WorkflowIdConflictPolicy as Conflict;
    let conflict = match options.id_conflict_policy {
        Conflict::Unspecified => Conflict::UseExisting,
        policy => policy,
    };
    WorkflowUpdateWithStartOptions::new(options.task_queue, options.workflow_id, conflict)
        .id_reuse_policy(options.id_reuse_policy)
        .maybe_execution_timeout(options.execution_timeout)
        .maybe_run_timeout(options.run_timeout)
        .maybe_search_attributes(options.search_attributes)
        .priority(options.priority)
        .maybe_memo(options.memo)
        .maybe_static_summary(options.static_summary)
        .maybe_update_id(update)
        .build()
}
