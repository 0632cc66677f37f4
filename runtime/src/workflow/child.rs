//! Other workflows, seen from a workflow: children that it starts, and neighbours that it knows the id of.

use super::{Wait, Workflow, WorkflowFn};
use crate::{
    Result, SearchValue, WorkflowError,
    effects::{ChildStart, Outgoing, ParentClose, Sending},
    runner::here,
};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use std::{fmt, future::IntoFuture, marker::PhantomData, time::Duration};

/// Starts a workflow as a child of this one, and waits for its result.
///
/// ```
/// # use steadfast::{prelude::*, workflow};
/// # use std::time::Duration;
/// #[workflow]
/// async fn chapter(title: String) -> Result<String> {
///     # Ok(title)
/// }
///
/// #[workflow]
/// async fn book(titles: Vec<String>) -> Result<Vec<String>> {
///     let hour = Duration::from_secs(3600);
///     let write = |title| workflow::child(chapter, title).task_queue("writers").execution_timeout(hour);
///     workflow::try_map(titles, write).at_once(3).await
/// }
/// # fn main() {}
/// ```
///
/// Awaiting it fails with a [`WorkflowError`], as [`Handle::result`](crate::Handle::result) does: if the child failed, was
/// cancelled or terminated, or another workflow of its id is running. Whoever stops waiting cancels the child, and does not wait
/// for it to end; one that is to go on by itself is [started](Child::start). Outside a workflow it is run in this process.
pub fn child<A, F: WorkflowFn<A>>(
    _: F,
    input: <F::Workflow as Workflow>::Input,
) -> Child<<F::Workflow as Workflow>::Output> {
    let name = F::Workflow::NAME;
    let call = ChildStart {
        remedy: Some("`.workflow(..)`, with its function,"),
        ..ChildStart::of(name, serde_json::to_value(&input))
    };
    let inline = Box::new(move || -> BoxFuture<'static, _> {
        Box::pin(async move { Ok(F::Workflow::finish(F::Workflow::execute(input).await)?) })
    });
    Child { call, inline: Some(inline) }
}

/// The same by the workflow's type name, such as one that is written in another language. It needs a server.
pub fn child_named<T>(workflow: impl Into<String>, input: &impl Serialize) -> Child<T> {
    Child { call: ChildStart::of(workflow, serde_json::to_value(input)), inline: None }
}

/// A child about to be started, made by [`child`]: await it for its result, or [`start`](Self::start) it.
#[must_use = "a child starts when this is awaited"]
pub struct Child<T> {
    call: ChildStart,
    inline: Option<Box<dyn FnOnce() -> BoxFuture<'static, Result<T>> + Send>>,
}

impl<T> Child<T> {
    /// Sets its id. By default it is made of this workflow's id, the child's name, and a number.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.call.id = Some(id.into());
        self
    }

    /// Has it run by the workers of another task queue.
    pub fn task_queue(mut self, task_queue: impl Into<String>) -> Self {
        self.call.task_queue = Some(task_queue.into());
        self
    }

    /// Says what becomes of it when this workflow ends first. By default it is terminated.
    pub fn parent_close(mut self, policy: ParentClose) -> Self {
        self.call.parent_close = policy;
        self
    }

    /// Ends it when it takes longer than this, all its runs together.
    pub fn execution_timeout(mut self, timeout: Duration) -> Self {
        self.call.execution_timeout = Some(timeout);
        self
    }

    /// Ends each of its runs when it takes longer than this.
    pub fn run_timeout(mut self, timeout: Duration) -> Self {
        self.call.run_timeout = Some(timeout);
        self
    }

    /// Sets a search attribute of it, which the namespace has to know; see
    /// [`Start::search_attribute`](crate::Start::search_attribute).
    pub fn search_attribute(mut self, key: impl Into<String>, value: impl Into<SearchValue>) -> Self {
        self.call.attributes.insert(key.into(), value.into());
        self
    }

    /// How urgent its tasks are: from 1, the most urgent, to 5. By default as urgent as this workflow's.
    pub fn priority(mut self, priority: u8) -> Self {
        self.call.priority = Some(priority);
        self
    }
}

impl<T: DeserializeOwned + Send + 'static> Child<T> {
    /// Starts it, and goes on: its handle waits for its result, sends it signals, and cancels it.
    ///
    /// # Errors
    /// A [`WorkflowError`] when it is not started, such as [`AlreadyRunning`](WorkflowError::AlreadyRunning) where its id is
    /// taken; outside a workflow it never is.
    pub async fn start(self) -> Result<ChildHandle<T>> {
        let name = self.call.workflow.clone();
        let Some(started) = here().start_child(self.call) else { return Err(nowhere(&name).into()) };
        let (number, id) = started.await?;
        Ok(ChildHandle { number, id, result: PhantomData })
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for Child<T> {
    type Output = Result<T>;
    type IntoFuture = Wait<Result<T>>;

    fn into_future(self) -> Self::IntoFuture {
        Wait::of(Box::pin(async move {
            let name = self.call.workflow.clone();
            match (here().run_child(self.call), self.inline) {
                (Some(result), _) => read(&name, result.await?),
                (None, Some(inline)) => inline().await,
                (None, None) => Err(nowhere(&name).into()),
            }
        }))
    }
}

fn read<T: DeserializeOwned>(id: &str, result: Value) -> Result<T> {
    serde_json::from_value(result).map_err(|error| {
        WorkflowError::Payload { id: id.to_owned(), message: format!("the result cannot be read: {error}") }.into()
    })
}

fn nowhere(id: &str) -> WorkflowError {
    let message = "only a workflow on a server can start or reach it".to_owned();
    WorkflowError::Unreachable { id: id.to_owned(), message }
}

impl<T> fmt::Debug for Child<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Child")
            .field("workflow", &self.call.workflow)
            .field("id", &self.call.id)
            .finish_non_exhaustive()
    }
}

/// A child that was started.
pub struct ChildHandle<T> {
    /// Which of the workflow's requests has started it.
    number: u64,
    id: String,
    result: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned + Send + 'static> ChildHandle<T> {
    /// Waits for its result; for no longer than a certain time with `.within(hour)`. Giving up leaves the child alone, and it
    /// can be asked for again.
    ///
    /// A workflow that has started a child does not continue as new before it has ended: the server would apply what
    /// [`parent_close`](Child::parent_close) says, and the new run would not hear of it. So a child that outlives a few
    /// thousand events is better off by itself, with a signal at its end. One that is abandoned is left; its result then is a
    /// [`WorkflowError::Unreachable`].
    ///
    /// # Errors
    /// The future gives a [`WorkflowError`] that says how it ended otherwise.
    pub fn result(&self) -> Wait<Result<T>> {
        let (number, id) = (self.number, self.id.clone());
        Wait::of(Box::pin(async move {
            let Some(result) = here().child_result(number, &id) else { return Err(nowhere(&id).into()) };
            read(&id, result.await?)
        }))
    }
}

impl<T> ChildHandle<T> {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sends it a signal. Without a payload, write `&()`.
    ///
    /// # Errors
    /// When the payload does not serialise, or the child has ended.
    pub async fn signal(&self, name: &str, payload: &(impl Serialize + Sync)) -> Result<()> {
        external(self.id.clone()).signal(name, payload).await
    }

    /// Asks it to stop. [`result`](Self::result) says when it has.
    ///
    /// # Errors
    /// When it has ended.
    pub async fn cancel(&self) -> Result<()> {
        external(self.id.clone()).cancel().await
    }
}

impl<T> fmt::Debug for ChildHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildHandle").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Another workflow of the namespace, by its id: to send it a signal, or cancel it, from a workflow.
pub fn external(id: impl Into<String>) -> External {
    External { id: id.into() }
}

/// Another workflow, made by [`external`].
#[must_use = "nothing is sent before one of its methods is awaited"]
#[derive(Clone, Debug)]
pub struct External {
    id: String,
}

impl External {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Sends it a signal. Without a payload, write `&()`.
    ///
    /// # Errors
    /// A [`WorkflowError`] when there is no such workflow running, the payload does not serialise, or this is no workflow.
    pub async fn signal(&self, name: &str, payload: &(impl Serialize + Sync)) -> Result<()> {
        let payload = serde_json::to_value(payload)?;
        self.send(Sending::Signal { name: name.to_owned(), payload }).await
    }

    /// Asks it to stop.
    ///
    /// # Errors
    /// A [`WorkflowError`] when there is no such workflow running, or this is no workflow.
    pub async fn cancel(&self) -> Result<()> {
        self.send(Sending::Cancel).await
    }

    async fn send(&self, what: Sending) -> Result<()> {
        match here().send(Outgoing { id: self.id.clone(), what }) {
            Some(sent) => Ok(sent.await?),
            None => Err(nowhere(&self.id).into()),
        }
    }
}
