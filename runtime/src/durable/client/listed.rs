//! What the server knows of a workflow at a glance, one by one or many.

use super::{SearchValue, WorkflowStatus, search};
use serde_json::Value;
use std::{collections::BTreeMap, time::SystemTime};
use temporalio_client::{Memo, WorkflowExecutionStatus};
use temporalio_common::protos::{proto_ts_to_system_time, temporal::api::workflow::v1::WorkflowExecutionInfo as Info};

/// What the server knows of a workflow at a glance.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Listed {
    /// The workflow's id.
    pub id: String,
    /// The id of this run of it.
    pub run_id: String,
    /// The workflow's name.
    pub workflow: String,
    /// Whether it runs, or how it ended.
    pub status: WorkflowStatus,
    /// When it was started.
    pub started: Option<SystemTime>,
    /// When it ended, if it has.
    pub closed: Option<SystemTime>,
    /// The task queue whose workers run it.
    pub task_queue: String,
    /// How many events its history has. Lists know it of workflows that have ended.
    pub events: u64,
    /// How large its history is, in bytes. Lists know it of workflows that have ended.
    pub bytes: u64,
    /// The id of the workflow that has started it, if one has.
    pub parent: Option<String>,
    /// What was noted on it when it was started.
    pub memo: BTreeMap<String, Value>,
    /// Its search attributes.
    pub search_attributes: BTreeMap<String, SearchValue>,
}

impl Listed {
    pub(super) fn new(info: &Info, status: WorkflowExecutionStatus, memo: &Memo) -> Self {
        let (id, run_id) = match &info.execution {
            Some(execution) => (execution.workflow_id.clone(), execution.run_id.clone()),
            None => Default::default(),
        };
        Self {
            id,
            run_id,
            workflow: info.r#type.as_ref().map(|kind| kind.name.clone()).unwrap_or_default(),
            status: status.into(),
            started: info.start_time.as_ref().and_then(proto_ts_to_system_time),
            closed: info.close_time.as_ref().and_then(proto_ts_to_system_time),
            task_queue: info.task_queue.clone(),
            events: info.history_length.try_into().unwrap_or_default(),
            bytes: info.history_size_bytes.try_into().unwrap_or_default(),
            parent: info.parent_execution.as_ref().map(|parent| parent.workflow_id.clone()),
            memo: memo
                .keys()
                .filter_map(|key| Some((key.to_owned(), memo.get::<Value>(key).ok().flatten()?)))
                .collect(),
            search_attributes: search::decode(info.search_attributes.as_ref()),
        }
    }
}
