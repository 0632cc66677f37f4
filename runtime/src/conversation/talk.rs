//! A conversation with an agent: messages are answered one after the other, in the order they came.

use super::said::{Because, Doing, Ended, Said, Status, Transcript};
use crate::{
    agent::{AnyAgent, Begin, Input, Options, Run, RunError, drive},
    model::{Conversation, Item, Usage},
    runner::here,
    session::Session,
    workflow::{BoxError, CancelScope, WorkflowContext},
};
use futures::future::select;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

/// How a conversation is held.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Holding {
    /// How long nothing has to be said for it to end, in seconds. Without it, it goes on until it is ended.
    #[serde(default)]
    idle_timeout: Option<f64>,
    /// How many bytes of what was said it takes along, at most, when it goes on as a new run.
    #[serde(default)]
    keep: Option<usize>,
}

/// What is kept of a conversation, in bytes, unless it is started with something else.
const KEPT: usize = 8 << 20;

/// The largest page of a transcript, in bytes of JSON.
const MAX_PAGE: usize = 1 << 20;

/// The state of a conversation.
#[derive(Default)]
pub(super) struct Talk {
    kept: Kept,
    queue: VecDeque<Message>,
    /// What came of those messages whose senders wait.
    answers: BTreeMap<u64, Result<Value, BoxError>>,
    numbered: u64,
    /// Whether it is a conversation, and not a single question.
    pub(super) is_one: bool,
    answering: Option<CancelScope>,
    pub(super) is_ending: bool,
}

/// What goes along to a new run.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Kept {
    session: Session,
    /// How many items were left behind.
    #[serde(default)]
    dropped: usize,
    #[serde(default)]
    answered: u64,
    #[serde(default)]
    failed: u64,
    #[serde(default)]
    usage: Usage,
}

struct Message {
    number: u64,
    said: Said,
    /// Whether whoever has sent it waits for the answer.
    is_awaited: bool,
}

/// Answers one message, after those that came before.
pub(super) async fn send(talk: WorkflowContext<Talk>, said: Said) -> Result<Value, BoxError> {
    let number = talk.state_mut(|talk| talk.take_in(said, true));
    talk.until(move |talk| talk.answers.contains_key(&number)).await;
    let answer = talk.state_mut(|talk| talk.answers.remove(&number));
    answer.unwrap_or(Ok(Value::Null))
}

impl Talk {
    /// What an earlier run has left, or a new one.
    pub(super) fn goes_on(left: Option<Value>) -> Result<Self, serde_json::Error> {
        let kept = left.map(serde_json::from_value).transpose()?.unwrap_or_default();
        Ok(Self { kept, ..Self::default() })
    }

    pub(super) fn takes_messages(&self) -> Result<(), BoxError> {
        match self {
            Self { is_one: false, .. } => Err("this agent is asked once; start a conversation with it".into()),
            Self { is_ending: true, .. } => Err("this conversation has been asked to end".into()),
            _ => Ok(()),
        }
    }

    pub(super) fn take_in(&mut self, said: Said, is_awaited: bool) -> u64 {
        let number = self.numbered;
        self.numbered += 1;
        self.queue.push_back(Message { number, said, is_awaited });
        number
    }

    pub(super) fn stop(&mut self) {
        if let Some(answering) = &self.answering {
            answering.cancel();
        }
    }

    pub(super) fn status(&self) -> Status {
        let Kept { answered, failed, usage, .. } = &self.kept;
        let doing = match self {
            Self { answering: Some(_), .. } => Doing::Answering,
            Self { is_ending: true, .. } => Doing::Ending,
            _ => Doing::Idle,
        };
        Status { doing, queued: self.queue.len(), answered: *answered, failed: *failed, usage: *usage }
    }

    pub(super) fn page(&self, from: usize) -> Transcript {
        let Kept { session, dropped, .. } = &self.kept;
        let (from, total) = (from.max(*dropped), dropped + session.len());
        let mut room = MAX_PAGE;
        let fits = |item: &Item| {
            let size = serde_json::to_string(item).map_or(0, |json| json.len());
            let is_first = room == MAX_PAGE;
            let fits = is_first || size <= room;
            room = room.saturating_sub(size.max(1));
            fits
        };
        let items = session.conversation().items_from(from - dropped);
        Transcript { items: items.into_iter().take_while(fits).collect(), from, total }
    }
}

/// Holds a conversation until it is ended, or nobody says anything any more.
pub(super) async fn hold(
    talk: WorkflowContext<Talk>,
    agent: Arc<dyn AnyAgent>,
    holding: Holding,
) -> Result<Value, BoxError> {
    let because = loop {
        if let Some(message) = talk.state_mut(|talk| talk.queue.pop_front()) {
            answer(&talk, agent.as_ref(), message).await;
            continue;
        }
        if talk.state(|talk| talk.is_ending) {
            break Because::Asked;
        }
        // Between two messages there is nothing but what was said, when whoever waits for an answer has it.
        talk.until(|talk| talk.answers.is_empty() || !talk.queue.is_empty()).await;
        if talk.state(|talk| !talk.queue.is_empty()) {
            continue;
        }
        if here().should_start_over() {
            let left = talk.state_mut(|talk| talk.leave(holding.keep.unwrap_or(KEPT)))?;
            let news = talk.until(|talk| !talk.queue.is_empty() || talk.is_ending);
            // What comes before it is a new run is answered by this one.
            select(here().start_over(left), news).await;
            continue;
        }
        let news = talk.until(|talk| !talk.queue.is_empty() || talk.is_ending);
        match holding.idle_timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()) {
            None => news.await,
            Some(limit) => {
                if news.within(limit).await.is_none() {
                    break Because::Idle;
                }
            }
        }
    };
    talk.until(|talk| talk.answers.is_empty()).await;
    let Kept { answered, usage, .. } = talk.state(|talk| talk.kept.clone());
    Ok(json!(Ended { because, answered, usage }))
}

async fn answer(talk: &WorkflowContext<Talk>, agent: &dyn AnyAgent, message: Message) {
    let scope = CancelScope::new();
    let shown = talk.state_mut(|talk| {
        talk.answering = Some(scope.clone());
        talk.kept.session.shown()
    });
    let mut all = shown.clone();
    match message.said {
        Said::Text(text) => all.push(Item::user(text)),
        Said::Items(items) => all.extend(items),
    }
    let ended = scope.run(ask(agent, all)).await;
    talk.state_mut(|talk| {
        talk.answering = None;
        let answer = match ended {
            Ok(Ok(run)) => {
                talk.kept.session.take_in(&shown, &run);
                talk.kept.answered += 1;
                talk.kept.usage += run.usage;
                Ok(run.output)
            }
            Ok(Err(error)) => {
                talk.kept.failed += 1;
                talk.kept.usage += error.partial.usage;
                Err(BoxError::from(error))
            }
            Err(_) => {
                talk.kept.failed += 1;
                Err("the answer was stopped".into())
            }
        };
        if let (Err(error), false) = (&answer, message.is_awaited) {
            tracing::warn!(agent = agent.name(), %error, "a message was not answered");
        }
        if message.is_awaited {
            talk.answers.insert(message.number, answer);
        }
    });
}

async fn ask(agent: &dyn AnyAgent, conversation: Conversation) -> Result<Run<Value>, RunError> {
    let begin = Begin::Input(Input(conversation));
    let answer = drive(agent, begin, &Options::default(), here().as_ref()).await?;
    match agent.read(&answer) {
        Ok(output) => Ok(answer.into_run(output)),
        Err(error) => Err(answer.invalid(&error)),
    }
}

impl Talk {
    /// Writes down what goes along, and leaves out what is older than there is room for.
    fn leave(&mut self, most: usize) -> Result<Value, serde_json::Error> {
        self.kept.dropped += self.kept.session.forget_beyond(most);
        serde_json::to_value(&self.kept)
    }
}
