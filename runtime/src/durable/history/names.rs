//! What things are called in the JSON of a history: fields in camel case, enums by name.

use temporalio_common::protos::temporal::api::enums::v1::{
    ActivityTaskFailedCause, CancelExternalWorkflowExecutionFailedCause, ContinueAsNewInitiator,
    ContinueAsNewVersioningBehavior, EventType, ParentClosePolicy, RetryState,
    SignalExternalWorkflowExecutionFailedCause, StartChildWorkflowExecutionFailedCause, SuggestContinueAsNewReason,
    TaskQueueKind, TimeoutType, UpdateAdmittedEventOrigin, VersioningBehavior, WorkflowIdReusePolicy,
    WorkflowTaskFailedCause,
};

/// Whoever has an enum's name, and the beginning that all names of that enum have.
type Enum = (&'static str, fn(&str) -> Option<i32>);

macro_rules! enums {
    ($($prefix:literal $name:ident),* $(,)?) => {
        &[$(($prefix, |name| $name::from_str_name(name).map(|value| value as i32))),*]
    };
}

/// The enums of a history's events.
const ENUMS: &[Enum] = enums![
    "EVENT_TYPE_" EventType,
    "TASK_QUEUE_KIND_" TaskQueueKind,
    "CONTINUE_AS_NEW_INITIATOR_" ContinueAsNewInitiator,
    "RETRY_STATE_" RetryState,
    "TIMEOUT_TYPE_" TimeoutType,
    "PARENT_CLOSE_POLICY_" ParentClosePolicy,
    "WORKFLOW_ID_REUSE_POLICY_" WorkflowIdReusePolicy,
    "WORKFLOW_TASK_FAILED_CAUSE_" WorkflowTaskFailedCause,
    "START_CHILD_WORKFLOW_EXECUTION_FAILED_CAUSE_" StartChildWorkflowExecutionFailedCause,
    "SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_" SignalExternalWorkflowExecutionFailedCause,
    "CANCEL_EXTERNAL_WORKFLOW_EXECUTION_FAILED_CAUSE_" CancelExternalWorkflowExecutionFailedCause,
    "ACTIVITY_TASK_FAILED_CAUSE_" ActivityTaskFailedCause,
    "VERSIONING_BEHAVIOR_" VersioningBehavior,
    "CONTINUE_AS_NEW_VERSIONING_BEHAVIOR_" ContinueAsNewVersioningBehavior,
    "SUGGEST_CONTINUE_AS_NEW_REASON_" SuggestContinueAsNewReason,
    "UPDATE_ADMITTED_EVENT_ORIGIN_" UpdateAdmittedEventOrigin,
];

/// The number of what an enum calls `name`; `field` is where it stands. Older tools leave the beginning out, as in
/// `WorkflowExecutionStarted`. What an enum has been given since is
/// nothing in particular, but for the type of an event: that one has to be known.
pub(super) fn number(field: &str, name: &str) -> Option<i32> {
    if let Some(number) = ENUMS.iter().find_map(|(_, of_name)| of_name(name)) {
        return Some(number);
    }
    let is_full = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_' || byte.is_ascii_digit());
    let prefix = match field {
        "event_type" => "EVENT_TYPE_",
        // Nothing in particular.
        _ if is_full => return Some(0),
        "kind" => "TASK_QUEUE_KIND_",
        "initiator" => "CONTINUE_AS_NEW_INITIATOR_",
        _ => return None,
    };
    let (_, of_name) = ENUMS.iter().find(|(known, _)| *known == prefix)?;
    of_name(&format!("{prefix}{}", screaming(name)))
}

/// `eventId` of `event_id`.
pub(super) fn camel(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| name + &capital(word))
}

/// `TimerStartedEventAttributes` of `timerStartedEventAttributes`, and of `timer_started_event_attributes`.
pub(super) fn pascal(field: &str) -> String {
    field.split('_').map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn screaming(name: &str) -> String {
    let mut screaming = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !screaming.is_empty() {
            screaming.push('_');
        }
        screaming.push(letter.to_ascii_uppercase());
    }
    screaming
}
