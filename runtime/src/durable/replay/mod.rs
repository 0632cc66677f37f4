//! Whether today's code still does what was recorded.
//!
//! The SDK replays a history and notices another kind of step, another name, another order. It says so in its own terms,
//! and it does not look at values. So what the code asks for is noted on the way (`asked`) and held against what is recorded
//! (`compare`): for a better message, and for the values.

mod asked;
mod compare;
mod error;
mod folder;
mod step;

pub use error::ReplayError;
pub use folder::Replays;

use super::{
    ByReference, History, Site,
    codec::{self, Chain, PayloadCodec, blobs::Blobs},
    worker::Hosting,
};
use crate::registry::Registry;
use asked::Asked;
use futures::FutureExt as _;
use std::{fmt, panic::AssertUnwindSafe, sync::Arc};
use step::Step;
use temporalio_common::{
    data_converters::SerializationContextData,
    protos::temporal::api::{enums::v1::EventType, history::v1::HistoryEvent},
};
use temporalio_sdk::workflow_replayer::{
    WorkflowReplayError, WorkflowReplayFailure, WorkflowReplayer, WorkflowReplayerOptions,
};

/// Replays histories with the workflows of an app, as they are today: [`App::replayer`](crate::App::replayer).
#[derive(Clone)]
pub struct Replayer {
    workflows: Vec<Hosting>,
    registry: Arc<Registry>,
    codec: Option<Chain>,
    blobs: Option<Blobs>,
}

/// A history that today's code goes along with.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replayed {
    /// The workflow's type.
    pub workflow: String,
    /// How many events were recorded.
    pub events: usize,
    /// Values that are others than were recorded, though the steps are the same: what a tool is called with, what another
    /// workflow is given, which agent calls its model, how long a timer is, what the workflow returns. Temporal does not
    /// notice: a workflow that is there goes on with what was recorded. What models are asked is not compared, so prompts
    /// may change.
    pub differences: Vec<String>,
}

impl Replayed {
    /// Takes other values for an error.
    ///
    /// # Errors
    /// [`ReplayError::Differs`] if there are any.
    pub fn strict(self) -> Result<Self, ReplayError> {
        if self.differences.is_empty() {
            return Ok(self);
        }
        Err(ReplayError::Differs { workflow: self.workflow, differences: self.differences })
    }
}

impl Replayer {
    pub(crate) fn new(workflows: Vec<Hosting>, registry: Registry, codec: Option<Chain>, blobs: Option<Blobs>) -> Self {
        Self { workflows, registry: Arc::new(registry), codec, blobs }
    }

    /// Runs today's code against a history. No model and no tool is called.
    ///
    /// # Errors
    /// When the code does something else than was recorded, or cannot go on; when the app has no such workflow; and when
    /// nothing was recorded yet.
    pub async fn replay(&self, history: &History) -> Result<Replayed, ReplayError> {
        let events = &history.recorded().events;
        let workflow = self.find(history)?.to_owned();
        // No activity runs, so nobody looks for a conversation.
        let site = Site::new(Arc::clone(&self.registry), ByReference::new().cache(0), self.blobs.clone());
        let converter = self.codec.clone().map(codec::converter).unwrap_or_default();
        let asked = Asked::default();
        let mut options = WorkflowReplayerOptions::new().data_converter(converter).build();
        options.workflow_interceptor(asked.interceptor());
        for hosting in &self.workflows {
            // Two of one name are refused before either is reached.
            let _ = hosting.replay(&mut options, Arc::clone(&site));
        }
        let broken = |error: WorkflowReplayError| ReplayError::Broken(error.to_string());
        let replayer = WorkflowReplayer::new(options).map_err(broken)?;
        let ended = AssertUnwindSafe(replayer.replay_workflow(history.recorded().clone().into())).catch_unwind().await;
        let ended = ended
            .map_err(|_| ReplayError::Broken("the SDK panicked; is this a history as it was saved?".to_owned()))?;
        let recorded: Vec<Step> = events.iter().filter_map(Step::of).collect();
        let asked = asked.take();
        let failure = match ended {
            Ok(()) => {
                let differences = compare::differences(&self.decoded(recorded).await?, &asked);
                return Ok(Replayed { workflow, events: events.len(), differences });
            }
            Err(WorkflowReplayError::Replay(failure)) => failure,
            Err(other) => return Err(broken(other)),
        };
        Err(match failure {
            WorkflowReplayFailure::Nondeterminism { message } => {
                let difference = compare::first_difference(&recorded, &asked, &message);
                let difference = difference.unwrap_or_else(|| in_short(&message));
                ReplayError::Changed { workflow, difference }
            }
            WorkflowReplayFailure::WorkflowTaskFailure { message } => {
                let message = in_short(&task_message(&message, &workflow));
                ReplayError::Failed { workflow, message }
            }
            WorkflowReplayFailure::InvalidHistory { message } => ReplayError::NotAHistory(message),
            other => ReplayError::Broken(other.to_string()),
        })
    }

    /// The workflow that a history is of, if it can be replayed.
    fn find<'a>(&self, history: &'a History) -> Result<&'a str, ReplayError> {
        let Some(workflow) = history.workflow() else {
            let begins = match history.events().first() {
                Some(event) => format!("it begins with `{event}`, not with `WorkflowExecutionStarted`"),
                None => "it has no events".to_owned(),
            };
            return Err(ReplayError::NotAHistory(begins));
        };
        if !self.workflows.iter().any(|hosting| hosting.name == workflow) {
            let known = self.workflows.iter().map(|hosting| hosting.name.to_owned()).collect();
            return Err(ReplayError::UnknownWorkflow { workflow: workflow.to_owned(), known });
        }
        let events = &history.recorded().events;
        check(events)?;
        if !events.iter().any(|event| event.event_type() == EventType::WorkflowTaskCompleted) {
            return Err(ReplayError::NothingDone { workflow: workflow.to_owned() });
        }
        Ok(workflow)
    }

    /// What was recorded, without what the app's codec has made of it.
    async fn decoded(&self, mut steps: Vec<Step>) -> Result<Vec<Step>, ReplayError> {
        let Some(codec) = &self.codec else { return Ok(steps) };
        for step in &mut steps {
            let Some(payload) = step.payload_mut() else { continue };
            let decoded = codec.decode(&SerializationContextData::None, vec![payload.clone()]).await;
            let decoded = decoded.map_err(|error| ReplayError::Broken(format!("a payload cannot be read: {error}")))?;
            *payload = decoded.into_iter().next().unwrap_or_default();
        }
        Ok(steps)
    }
}

/// What the SDK takes for granted, and would panic without.
fn check(events: &[HistoryEvent]) -> Result<(), ReplayError> {
    let mut events = (1_i64..).zip(events).peekable();
    while let Some((number, event)) = events.next() {
        if event.event_id != number {
            let found = event.event_id;
            return Err(ReplayError::NotAHistory(format!("event {number} is missing; number {found} is in its place")));
        }
        let next = events.peek().map(|(_, event)| event.event_type());
        let after_a_task = [
            EventType::WorkflowTaskCompleted,
            EventType::WorkflowTaskFailed,
            EventType::WorkflowTaskTimedOut,
            EventType::WorkflowExecutionTerminated,
            EventType::WorkflowExecutionTimedOut,
        ];
        if event.event_type() == EventType::WorkflowTaskStarted
            && next.is_some_and(|next| !after_a_task.contains(&next))
        {
            let message = format!("event {number} begins a task, and what follows is not its end");
            return Err(ReplayError::NotAHistory(message));
        }
    }
    Ok(())
}

/// What a task has failed with. The SDK has it only within the failure's debug form.
fn task_message(failure: &str, workflow: &str) -> String {
    let Some((_, quoted)) = failure.split_once("message: \"") else { return failure.to_owned() };
    let (mut message, mut letters) = (String::new(), quoted.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '"' => break,
            '\\' => match letters.next() {
                Some('n') => message.push('\n'),
                Some('t') => message.push('\t'),
                Some(letter) => message.push(letter),
                None => break,
            },
            letter => message.push(letter),
        }
    }
    match message.strip_prefix("Workflow function panicked: ") {
        Some(said) => format!("it panics: {said}"),
        None => message.strip_prefix(&format!("workflow `{workflow}`: ")).unwrap_or(&message).to_owned(),
    }
}

/// The SDK's message, as much of it as anybody reads.
fn in_short(message: &str) -> String {
    message.trim().chars().take(1_000).collect()
}

impl fmt::Debug for Replayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workflows: Vec<&str> = self.workflows.iter().map(|hosting| hosting.name).collect();
        f.debug_struct("Replayer").field("workflows", &workflows).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_task_has_failed_with_is_found_in_what_the_sdk_says() {
        let said = |message: &str| {
            format!("It failed: Failure {{ failure: Some(Failure {{ message: {message:?}, source: \"\" }}) }}")
        };
        assert_eq!(task_message(&said("workflow `a`: it \"waits\"\nfor \\"), "a"), "it \"waits\"\nfor \\");
        assert_eq!(task_message(&said("Workflow function panicked: no"), "a"), "it panics: no");
        assert_eq!(task_message("something else", "a"), "something else");
    }
}
