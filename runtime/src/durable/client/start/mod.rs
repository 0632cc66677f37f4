//! A workflow about to be started.

mod options;
mod policy;
mod with_signal;
mod with_update;

pub use policy::{IdConflictPolicy, IdReusePolicy};
pub use with_signal::StartWithSignal;
pub use with_update::StartWithUpdate;

pub(super) use options::{Plan, Ready, Way, with_update};

use options::Options;

use super::{Handle, SearchValue, message::Message};
use crate::{Result, app::App};
use futures::future::BoxFuture;
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt, future::IntoFuture, marker::PhantomData, time::Duration};

/// A workflow about to be started: await it, or say more about it first. Made by [`App::start`]. What awaiting it gives is a
/// `H`: a [`Handle`], or the handle that `#[workflow] impl` makes.
///
/// ```no_run
/// # use std::time::Duration;
/// # use steadfast::{IdConflictPolicy, prelude::*};
/// # #[workflow]
/// # async fn weekend(wish: String) -> Result<String> { Ok(wish) }
/// # async fn example(app: App) -> Result<()> {
/// let run = app
///     .start(weekend, "Lisbon".to_owned())
///     .id("weekend-of-ann")
///     .id_conflict_policy(IdConflictPolicy::UseExisting)
///     .execution_timeout(Duration::from_hours(24))
///     .search_attribute("Customer", "ann")
///     .await?;
/// println!("{}", run.result().await?);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Awaiting it fails with [`WorkflowError::AlreadyRunning`](crate::WorkflowError::AlreadyRunning) or
/// [`WorkflowError::IdUsed`](crate::WorkflowError::IdUsed) where the id is taken, with
/// [`WorkflowError::Options`](crate::WorkflowError::Options) where what was said does not go together, before anything
/// is sent; and when the input does not serialise or is too large, or the server cannot be reached or refuses.
#[must_use = "a workflow starts when this is awaited"]
pub struct Start<'a, T, H = Handle<T>> {
    pub(super) app: &'a App,
    pub(super) plan: Plan,
    handle: PhantomData<fn() -> (T, H)>,
}

impl<'a, T, H> Start<'a, T, H> {
    pub(crate) fn new<I: Serialize>(app: &'a App, workflow: &'static str, input: &I) -> Self {
        Self { app, plan: Plan::new(workflow, input), handle: PhantomData }
    }

    /// The same, for whoever needs no handle with methods of its own.
    pub(crate) fn plain(self) -> Start<'a, T> {
        Start { app: self.app, plan: self.plan, handle: PhantomData }
    }

    fn options(mut self, change: impl FnOnce(&mut Options)) -> Self {
        change(&mut self.plan.options);
        self
    }

    /// Sets the workflow's id, by which it is found again and which no two running workflows share.
    /// The default is the workflow's name and a UUID.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.plan.id = Some(id.into());
        self
    }

    /// Whether an id may be used again when the workflow that had it has ended; it may, unless it is said here.
    pub fn id_reuse_policy(self, policy: IdReusePolicy) -> Self {
        self.options(|options| options.reuse = Some(policy))
    }

    /// What to do when a workflow of this id is running: the start fails, unless it is said here.
    pub fn id_conflict_policy(self, policy: IdConflictPolicy) -> Self {
        self.options(|options| options.conflict = Some(policy))
    }

    /// How long the workflow may take, with all the runs that it continues as; then the server ends it. Without a limit,
    /// it may take for ever.
    pub fn execution_timeout(self, limit: Duration) -> Self {
        self.options(|options| options.execution_timeout = Some(limit))
    }

    /// How long one run of the workflow may take.
    pub fn run_timeout(self, limit: Duration) -> Self {
        self.options(|options| options.run_timeout = Some(limit))
    }

    /// Begins so much later. The workflow is there at once, and can be cancelled.
    pub fn start_delay(self, delay: Duration) -> Self {
        self.options(|options| options.start_delay = Some(delay))
    }

    /// Starts it on another task queue than the app's.
    pub fn task_queue(self, name: impl Into<String>) -> Self {
        let name = name.into();
        self.options(|options| options.task_queue = Some(name))
    }

    /// Notes something on the workflow that [`Handle::describe`] and lists show, and that cannot be searched for. It
    /// goes through the app's codec.
    pub fn memo(self, key: impl Into<String>, value: &(impl Serialize + ?Sized)) -> Self {
        let (key, value) = (key.into(), serde_json::to_value(value));
        self.options(|options| {
            options.memo.insert(key, value);
        })
    }

    /// Sets a search attribute, by which [`Client::list`](crate::Client::list) finds workflows. The namespace has to know
    /// it: `temporal operator search-attribute create --name Customer --type Keyword`. It is not encoded by the app's
    /// codec.
    pub fn search_attribute(self, key: impl Into<String>, value: impl Into<SearchValue>) -> Self {
        let (key, value) = (key.into(), value.into());
        self.options(|options| {
            options.attributes.insert(key, value);
        })
    }

    /// How urgent the workflow's tasks are, and those of its activities, where a task queue has a backlog: from 1, the
    /// most urgent, to 5. The default is 3.
    pub fn priority(self, priority: u8) -> Self {
        self.options(|options| options.priority = Some(priority))
    }

    /// Shares a task queue with a backlog fairly among keys, such as customers; what weighs more gets more. A weight is
    /// between 0.001 and 1000, and usually 1.
    pub fn fairness(self, key: impl Into<String>, weight: f32) -> Self {
        let key = key.into();
        self.options(|options| options.fairness = Some((key, weight)))
    }

    /// One line about this workflow that the server's UI shows. It is not encoded by the app's codec.
    pub fn summary(self, summary: impl Into<String>) -> Self {
        let summary = summary.into();
        self.options(|options| options.summary = Some(summary))
    }

    /// Sends the workflow a signal with its start, or to the one of this id that is running: in either case it has the
    /// signal, and there is no moment between.
    ///
    /// ```no_run
    /// # use steadfast::prelude::*;
    /// # #[workflow]
    /// # async fn cart(customer: String) -> Result<String> { Ok(customer) }
    /// # async fn example(app: App) -> Result<()> {
    /// let cart = app.start(cart, "ann".to_owned()).id("cart-of-ann").with_signal("add", &"shoes").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_signal(self, name: &str, payload: &(impl Serialize + ?Sized)) -> StartWithSignal<'a, T, H> {
        StartWithSignal::new(self, Message::new(name, payload))
    }

    /// Sends the workflow an update with its start, or to the one of this id that is running, and waits for the update's
    /// result.
    ///
    /// ```no_run
    /// # use steadfast::prelude::*;
    /// # #[workflow]
    /// # async fn cart(customer: String) -> Result<String> { Ok(customer) }
    /// # async fn example(app: App) -> Result<()> {
    /// let start = app.start(cart, "ann".to_owned()).id("cart-of-ann");
    /// let (cart, total) = start.with_update::<u32>("add", &"shoes").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_update<R>(self, name: &str, argument: &(impl Serialize + ?Sized)) -> StartWithUpdate<'a, T, R, H> {
        StartWithUpdate::new(self, Message::new(name, argument))
    }
}

impl<'a, T: DeserializeOwned + Send + 'static, H: From<Handle<T>> + Send + 'static> IntoFuture for Start<'a, T, H> {
    type Output = Result<H>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.app.client().await?.begin::<T>(self.plan).await?.into()) })
    }
}

impl<T, H> fmt::Debug for Start<'_, T, H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Start").field("plan", &self.plan).finish_non_exhaustive()
    }
}
