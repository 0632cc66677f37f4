//! What `#[workflow]` makes of a function: a type with a name, an input, an output, and a future that runs it.

use super::{
    Reach,
    stateful::{Attended, Handlers, MessageNames, Served, Stateful, WorkflowContext},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// Any error, as workflows may return it.
pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A durable function, made by [`#[workflow]`](macro@crate::workflow).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a workflow",
    label = "not a workflow",
    note = "put `#[workflow]` on an async function to make one"
)]
pub trait Workflow: Sized + 'static {
    /// What it is started with; `()` for none.
    type Input: WorkflowInput;
    /// What it results in.
    type Output: WorkflowOutput;
    /// What the function returns: the output, or a `Result` of it.
    type Returned: Send + 'static;

    /// How it is addressed once it was started: a [`Handle`](crate::Handle), or one with a method for each message.
    type Handle: From<crate::Handle<Self::Output>> + Send + 'static;

    /// The workflow's type name on the server.
    const NAME: &'static str;

    /// What it has handlers for.
    #[doc(hidden)]
    const MESSAGES: MessageNames = MessageNames::NONE;

    /// Calls the function.
    fn execute(input: Self::Input) -> Execution<Self>;

    /// The same for a workflow that goes by several names, or begins with what an earlier run has left.
    #[doc(hidden)]
    fn execute_as(_name: &str, input: Self::Input, _state: Option<serde_json::Value>) -> Execution<Self> {
        Self::execute(input)
    }

    /// Reads what the function returned.
    ///
    /// # Errors
    /// The function's own.
    fn finish(returned: Self::Returned) -> Result<Self::Output, BoxError>;

    /// Names the agents and tools that the function's body uses.
    fn reach(reach: &mut Reach);
}

/// What a workflow may be started with: anything serde can write and read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the input of a workflow",
    label = "this has to travel as JSON",
    note = "derive `serde::Serialize` and `serde::Deserialize` for `{Self}`"
)]
pub trait WorkflowInput: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> WorkflowInput for T {}

/// What a workflow may result in: anything serde can write and read.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a workflow",
    label = "this has to travel as JSON",
    note = "derive `serde::Serialize` and `serde::Deserialize` for `{Self}`"
)]
pub trait WorkflowOutput: Serialize + DeserializeOwned + Send + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send + 'static> WorkflowOutput for T {}

/// A call of a workflow function: await it, and the body runs right there.
///
/// Being `Send`, it can be spawned. Its type remembers the workflow, which is how `app.start(weekend, request)`
/// knows what `weekend` is.
#[must_use = "a workflow function does nothing until it is awaited"]
pub struct Execution<W: Workflow> {
    body: Pin<Box<dyn Future<Output = W::Returned> + Send>>,
    /// What is asked of it outside of its body.
    served: Option<Arc<dyn Served>>,
}

impl<W: Workflow> Execution<W> {
    /// Wraps the body.
    pub fn new(body: impl Future<Output = W::Returned> + Send + 'static) -> Self {
        Self { body: Box::pin(body), served: None }
    }

    /// Wraps the body of a workflow with a state, and its handlers.
    #[doc(hidden)]
    pub fn stateful<S: Send + 'static, F: Future<Output = W::Returned> + Send + 'static>(
        state: S,
        handlers: &'static Handlers<S>,
        body: impl FnOnce(WorkflowContext<S>) -> F,
    ) -> Self {
        let stateful = Stateful { context: WorkflowContext::new(state), handlers };
        let body = Box::pin(body(stateful.context.clone()));
        Self { served: Some(Arc::new(stateful.clone())), body: Box::pin(Attended::new(stateful, body)) }
    }

    /// What is asked of it outside of its body.
    pub(crate) fn served(&self) -> Option<Arc<dyn Served>> {
        self.served.clone()
    }
}

impl<W: Workflow> Future for Execution<W> {
    type Output = W::Returned;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<W::Returned> {
        self.body.as_mut().poll(cx)
    }
}

impl<W: Workflow> fmt::Debug for Execution<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Execution({})", W::NAME)
    }
}

/// A function with `#[workflow]`, by which apps and clients take workflows: `app.workflow(weekend)`.
#[diagnostic::on_unimplemented(
    message = "this function is not a workflow",
    label = "not a workflow",
    note = "put `#[workflow]` on an async function to make it one"
)]
pub trait WorkflowFn<Arguments> {
    /// The workflow behind the function.
    type Workflow: Workflow;
}

#[diagnostic::do_not_recommend]
impl<F, W> WorkflowFn<()> for F
where
    F: Fn() -> Execution<W>,
    W: Workflow,
{
    type Workflow = W;
}

#[diagnostic::do_not_recommend]
impl<F, W, I> WorkflowFn<(I,)> for F
where
    F: Fn(I) -> Execution<W>,
    W: Workflow,
{
    type Workflow = W;
}
