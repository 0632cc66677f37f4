//! One thing that a workflow asks Temporal for: as today's code asks for it, and as it was recorded.

use crate::durable::{activity::MODEL, carried::CARRIED};
use serde_json::{Value, json};
use std::{fmt, time::Duration};
use temporalio_common::protos::{
    coresdk::external_data::LocalActivityMarkerData,
    temporal::api::{
        common::v1::Payload,
        history::v1::{HistoryEvent, history_event::Attributes},
    },
};

/// A step of a workflow.
#[derive(Clone, Debug)]
pub(super) struct Step {
    /// The event of the history, if this is what was recorded.
    pub(super) event: Option<i64>,
    pub(super) what: What,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// Its name, what whoever looks is told about it, and its first argument.
    Activity(String, Option<String>, Option<Payload>),
    LocalActivity(String),
    Timer(Duration),
    /// Its name, and its input where that is known.
    Child(String, Option<Payload>),
    Signal(String, Option<Payload>),
    CancelOther(String),
    /// Search attributes or the like. What the code asks for of this kind is not seen.
    Noted,
    Returned(Option<Payload>),
    /// What is known of the error.
    Failed(String),
    Cancelled,
    Continued,
}

impl Step {
    /// What an event says that the workflow had asked for, if it is such an event.
    pub(super) fn of(event: &HistoryEvent) -> Option<Self> {
        let what = match event.attributes.as_ref()? {
            Attributes::ActivityTaskScheduledEventAttributes(scheduled) => {
                let note = event.user_metadata.as_ref().and_then(|metadata| metadata.summary.as_ref());
                let note = note.and_then(|payload| serde_json::from_slice(&payload.data).ok());
                let argument = scheduled.input.as_ref().and_then(|input| input.payloads.first().cloned());
                What::Activity(scheduled.activity_type.clone().unwrap_or_default().name, note, argument)
            }
            Attributes::MarkerRecordedEventAttributes(marker) => {
                let data = &marker.details.get("data")?.payloads.first()?.data;
                let LocalActivityMarkerData { activity_type, .. } = serde_json::from_slice(data).ok()?;
                What::LocalActivity(activity_type)
            }
            Attributes::TimerStartedEventAttributes(timer) => {
                let duration = timer.start_to_fire_timeout.unwrap_or_default();
                What::Timer(duration.try_into().unwrap_or_default())
            }
            Attributes::StartChildWorkflowExecutionInitiatedEventAttributes(child) => {
                let input = child.input.as_ref().and_then(|input| input.payloads.first().cloned());
                What::Child(child.workflow_type.clone().unwrap_or_default().name, input)
            }
            Attributes::SignalExternalWorkflowExecutionInitiatedEventAttributes(signal) => {
                let input = signal.input.as_ref().and_then(|input| input.payloads.first().cloned());
                What::Signal(signal.signal_name.clone(), input)
            }
            // What cancels a child goes with whoever waited for it, and is asked for nowhere.
            Attributes::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(cancel)
                if cancel.child_workflow_only =>
            {
                return None;
            }
            Attributes::RequestCancelExternalWorkflowExecutionInitiatedEventAttributes(cancel) => {
                What::CancelOther(cancel.workflow_execution.clone().unwrap_or_default().workflow_id)
            }
            Attributes::UpsertWorkflowSearchAttributesEventAttributes(_)
            | Attributes::WorkflowPropertiesModifiedEventAttributes(_) => What::Noted,
            Attributes::WorkflowExecutionCompletedEventAttributes(completed) => {
                What::Returned(completed.result.as_ref().and_then(|result| result.payloads.first().cloned()))
            }
            Attributes::WorkflowExecutionFailedEventAttributes(failed) => {
                What::Failed(failed.failure.clone().unwrap_or_default().message)
            }
            Attributes::WorkflowExecutionCanceledEventAttributes(_) => What::Cancelled,
            Attributes::WorkflowExecutionContinuedAsNewEventAttributes(_) => What::Continued,
            _ => return None,
        };
        Some(Self { event: Some(event.event_id), what })
    }

    /// What it calls.
    pub(super) fn name(&self) -> Option<&str> {
        match &self.what {
            What::Activity(name, ..) | What::LocalActivity(name) | What::Child(name, _) => Some(name),
            _ => None,
        }
    }

    pub(super) fn is_local(&self) -> bool {
        matches!(self.what, What::LocalActivity(_))
    }

    pub(super) fn is_noted(&self) -> bool {
        matches!(self.what, What::Noted)
    }

    /// Whether it can be told where it belongs on both sides.
    pub(super) fn has_a_place(&self) -> bool {
        !matches!(self.what, What::LocalActivity(_) | What::Noted)
    }

    /// Whether Temporal takes the one for the other: it looks at kinds and names, and not at values.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (What::Activity(one, ..), What::Activity(other, ..))
            | (What::LocalActivity(one), What::LocalActivity(other))
            | (What::Child(one, _), What::Child(other, _))
            | (What::Signal(one, _), What::Signal(other, _))
            | (What::CancelOther(one), What::CancelOther(other)) => one == other,
            (one, other) => std::mem::discriminant(one) == std::mem::discriminant(other),
        }
    }

    /// What is compared beyond that, where there is anything: what a tool is called with, which agent calls its model, what
    /// another workflow is given, how long a timer is, what the workflow returns. Not what a model is asked: prompts may change.
    pub(super) fn value(&self) -> Option<String> {
        match &self.what {
            What::Activity(name, _, argument) if name == MODEL => {
                let input: Value = serde_json::from_slice(&argument.as_ref()?.data).ok()?;
                Some(json!({"agent": input.get("agent")?, "turn": input.get("turn")?}).to_string())
            }
            What::Activity(name, _, argument) if name != CARRIED => Some(text(argument.as_ref())),
            What::Child(_, input) | What::Signal(_, input) => Some(text(Some(input.as_ref()?))),
            What::Timer(duration) => Some(format!("{duration:?}")),
            What::Returned(result) => Some(text(result.as_ref())),
            _ => None,
        }
    }

    pub(super) fn payload_mut(&mut self) -> Option<&mut Payload> {
        match &mut self.what {
            What::Activity(_, _, payload)
            | What::Child(_, payload)
            | What::Signal(_, payload)
            | What::Returned(payload) => payload.as_mut(),
            _ => None,
        }
    }
}

/// The same text for the same JSON, whatever the order of its keys.
fn text(payload: Option<&Payload>) -> String {
    let Some(payload) = payload else { return "nothing".to_owned() };
    match serde_json::from_slice::<Value>(&payload.data) {
        Ok(mut value) => {
            value.sort_all_objects();
            value.to_string()
        }
        Err(_) => format!("{:?}", payload.data),
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Activity(name, Some(note), _) if name == MODEL => write!(f, "a model call ({note})")?,
            What::Activity(name, ..) if name == MODEL => write!(f, "a model call")?,
            What::Activity(name, ..) => write!(f, "a call of `{name}`")?,
            What::LocalActivity(name) if name == MODEL => write!(f, "a local model call")?,
            What::LocalActivity(name) => write!(f, "a local call of `{name}`")?,
            What::Timer(duration) => write!(f, "a timer of {duration:?}")?,
            What::Child(name, _) => write!(f, "child workflow `{name}`")?,
            What::Signal(name, _) => write!(f, "signal `{name}` to another workflow")?,
            What::CancelOther(id) => write!(f, "a request to cancel workflow `{id}`")?,
            What::Noted => write!(f, "a change of search attributes or memo")?,
            What::Returned(_) => write!(f, "the end with a result")?,
            What::Failed(message) => write!(f, "the end with an error ({message})")?,
            What::Cancelled => write!(f, "the end by a cancellation")?,
            What::Continued => write!(f, "the end of this run, to continue as new")?,
        }
        match self.event {
            Some(event) => write!(f, " (event {event})"),
            None => Ok(()),
        }
    }
}
