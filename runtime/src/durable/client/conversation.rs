//! A conversation with an agent, seen from a client.

use super::{Handle, Start, Update};
use crate::{
    Result,
    app::App,
    conversation::{CONVERSATION, Ended, OPTIONS, Said, Startable, Status, Transcript},
    model::Item,
};
use futures::future::BoxFuture;
use serde_json::{Map, Value, json};
use std::{fmt, future::IntoFuture, marker::PhantomData, ops::Deref, time::Duration};

/// A conversation about to be started: await it, or say first how it is held.
///
/// # Errors
/// Awaiting it fails as awaiting [`Start`] does.
#[must_use = "a conversation starts when this is awaited"]
pub struct StartConversation<'a, T> {
    app: &'a App,
    agent: &'static str,
    fields: Map<String, Value>,
    options: Map<String, Value>,
    say: Vec<Say<'a>>,
    answers: PhantomData<fn() -> T>,
}

/// Something more about the start of its workflow.
type Say<'a> = Box<dyn FnOnce(Start<'a, Ended>) -> Start<'a, Ended> + Send + 'a>;

impl<'a, T> StartConversation<'a, T> {
    pub(crate) fn new<A: Startable>(app: &'a App, agent: &A) -> Self {
        let (fields, options) = (agent.fields(), Map::new());
        Self { app, agent: A::SPEC.name(), fields, options, say: Vec::new(), answers: PhantomData }
    }

    /// Sets the workflow's id, by which the conversation is found again. The default is the agent's name and a UUID.
    pub fn id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.starting(|start| start.id(id))
    }

    /// Says more about the start of its workflow: what becomes of an id that is taken, search attributes, a priority.
    ///
    /// ```no_run
    /// # use steadfast::{IdConflictPolicy, prelude::*};
    /// # #[agent(model = "m")]
    /// # struct Guide;
    /// # async fn talk(app: App) -> Result<()> {
    /// // Begins it, or goes on with it.
    /// let talk = app
    ///     .start_conversation(&Guide)
    ///     .id("guide-for-ann")
    ///     .starting(|start| start.id_conflict_policy(IdConflictPolicy::UseExisting))
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn starting(mut self, say: impl FnOnce(Start<'a, Ended>) -> Start<'a, Ended> + Send + 'a) -> Self {
        self.say.push(Box::new(say));
        self
    }

    /// Ends it when nothing was said for so long. By default it goes on until it is asked to end.
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.options.insert("idle_timeout".to_owned(), json!(timeout.as_secs_f64()));
        self
    }

    /// Sets how many bytes of JSON of what was said it takes along when its history is full, the last ones; what is older is
    /// forgotten then. By default 8 MiB. What is over 24 MiB cannot be taken along at all.
    pub fn keep(mut self, bytes: usize) -> Self {
        self.options.insert("keep".to_owned(), json!(bytes));
        self
    }
}

impl<'a, T: Send + 'static> IntoFuture for StartConversation<'a, T> {
    type Output = Result<Conversing<T>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { app, agent, mut fields, options, say, .. } = self;
        fields.insert(OPTIONS.to_owned(), json!({CONVERSATION: options}));
        let start = say.into_iter().fold(Start::new(app, agent, &fields), |start, say| say(start));
        Box::pin(async move { Ok(Conversing { handle: start.await?, answers: PhantomData }) })
    }
}

impl<T> fmt::Debug for StartConversation<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StartConversation").field("agent", &self.agent).finish_non_exhaustive()
    }
}

/// A conversation with an agent, which answers with a `T`. It goes on without this handle, for months if need be, over any
/// number of workers and histories.
///
/// Beside these methods it has those of its workflow's [`Handle`]: approvals and decisions, events, cancelling, and its
/// [result](Handle::result), which says how it [`Ended`].
///
/// Any Temporal client can do the same: the update or signal `send` with a text or a list of items, the signals `stop` and
/// `end`, the queries `status` and `transcript`.
pub struct Conversing<T> {
    handle: Handle<Ended>,
    answers: PhantomData<fn() -> T>,
}

impl<T> Conversing<T> {
    pub(crate) fn of(handle: Handle<Ended>) -> Self {
        Self { handle, answers: PhantomData }
    }

    /// Says something, and gets the answer when it is awaited. Messages are answered one after the other, in the order they
    /// came. If the agent's run fails, that is the update's [failure](crate::WorkflowError::UpdateFailed), and the
    /// conversation goes on as if it had not been said.
    pub fn send(&self, said: impl Into<Said>) -> Update<T> {
        self.handle.update("send", &said.into())
    }

    /// Says something, and does not wait for the answer, which will be in the transcript.
    ///
    /// # Errors
    /// When it is too large, or the conversation has ended.
    pub async fn tell(&self, said: impl Into<Said>) -> Result<()> {
        self.handle.signal("send", &said.into()).await
    }

    /// Stops the answer in progress: whoever waits for it is told so, and neither the message nor what was done about it stays
    /// in the transcript. What is queued is answered after that.
    ///
    /// # Errors
    /// When the conversation has ended.
    pub async fn stop(&self) -> Result<()> {
        self.handle.signal("stop", &()).await
    }

    /// Ends the conversation, when all that is queued is answered.
    ///
    /// # Errors
    /// When the conversation has ended.
    pub async fn end(&self) -> Result<()> {
        self.handle.signal("end", &()).await
    }

    /// How the conversation stands.
    ///
    /// # Errors
    /// When no worker answers, or there is no such conversation.
    pub async fn status(&self) -> Result<Status> {
        self.handle.query("status", &()).await
    }

    /// Everything that was said and is kept, with calls of tools and what came of them.
    ///
    /// # Errors
    /// When no worker answers, or there is no such conversation.
    pub async fn transcript(&self) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut from = 0;
        loop {
            let page = self.transcript_from(from).await?;
            from = page.from + page.items.len();
            let is_last = page.items.is_empty() || from >= page.total;
            items.extend(page.items);
            if is_last {
                return Ok(items);
            }
        }
    }

    /// The part of it that begins with the item of this number, as far as one answer takes: about a megabyte.
    ///
    /// # Errors
    /// The same.
    pub async fn transcript_from(&self, from: usize) -> Result<Transcript> {
        self.handle.query("transcript", &json!({"from": from})).await
    }
}

impl<T> Deref for Conversing<T> {
    type Target = Handle<Ended>;

    fn deref(&self) -> &Self::Target {
        &self.handle
    }
}

impl<T> Clone for Conversing<T> {
    fn clone(&self) -> Self {
        Self::of(self.handle.clone())
    }
}

impl<T> fmt::Debug for Conversing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversing").field("id", &self.handle.id()).finish_non_exhaustive()
    }
}
