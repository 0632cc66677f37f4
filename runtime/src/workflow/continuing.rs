//! Going on as a new run, where a workflow says so itself.

use super::{Wait, Workflow, WorkflowContext, WorkflowFn};
use crate::{
    effects::{Anew, NextInput},
    runner::here,
};
use futures::future::FutureExt as _;
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;

/// What a workflow is started with.
type Input<A, F> = <<F as WorkflowFn<A>>::Workflow as Workflow>::Input;

/// What its function returns.
type Returned<A, F> = <<F as WorkflowFn<A>>::Workflow as Workflow>::Returned;

/// Ends this run, and goes on as a new one with another input and an empty history: what a workflow that goes round and round
/// does every few hundred rounds. Whoever waits for its result waits for the new run's.
///
/// No workflow has to do it: before a history is full, a workflow goes on as a new run [by itself](crate#long-runs), where it
/// was. But it takes along all that its code was told; so what never ends, and needs only little of what has been, says here
/// what that is.
///
/// ```
/// # use steadfast::{prelude::*, workflow};
/// # use std::time::Duration;
/// # /// Looks what is new, and where it has got to.
/// # #[activity] fn read_on(from: u64) -> u64 { from + 1 }
/// #[workflow]
/// async fn watch(from: u64) -> Result<()> {
///     let mut from = from;
///     while !workflow::continue_as_new_suggested() {
///         from = read_on::call(from).await?;
///         workflow::sleep(Duration::from_secs(600)).await;
///     }
///     workflow::continue_as_new(watch, from).await
/// }
/// # fn main() {}
/// ```
///
/// It results in what the new run results in, as far as types go, and never comes back: the code is dropped here, and with it
/// what else it does, as an agent's run in another branch of a `join!`, after the turn that it is at. It first waits for calls
/// that are under way, for the answers to updates, and for children that are not abandoned. Signals that nobody has waited
/// for yet go along, and so do memos and search attributes. A workflow that is cancelled before ends as cancelled. Another
/// workflow may be named as well, whose function returns the same; a worker of this app has to run it. A workflow with
/// handlers uses [`WorkflowContext::continue_as_new`]. Outside of a server, the function is called right here, within the one
/// that says it.
pub fn continue_as_new<A, F: WorkflowFn<A>>(_: F, input: Input<A, F>) -> Wait<Returned<A, F>> {
    let next = async move {
        let written = written(&input);
        let next = Anew { workflow: F::Workflow::NAME, input: NextInput::Known(written) };
        match here().continue_as_new(next) {
            Some(never) => {
                never.await;
                std::future::pending().await
            }
            None => F::Workflow::execute(input).await,
        }
    };
    Wait::of(next.boxed())
}

/// Whether the history is so long that it would be good to go on as a new run: the server says so, after some thousand events
/// by default, and it stays so. A workflow that does nothing about it goes on by itself, where it was.
#[must_use]
pub fn continue_as_new_suggested() -> bool {
    here().should_start_over()
}

impl<S: Send + 'static> WorkflowContext<S> {
    /// Ends this run, and goes on as a new one with another input, which is made of the state: as
    /// [`workflow::continue_as_new`](continue_as_new), for a workflow with handlers.
    ///
    /// ```
    /// # use steadfast::{prelude::*, workflow};
    /// struct Points {
    ///     sum: u64,
    /// }
    ///
    /// #[workflow]
    /// impl Points {
    ///     #[init]
    ///     fn new(sum: u64) -> Self {
    ///         Self { sum }
    ///     }
    ///
    ///     #[run]
    ///     async fn run(points: WorkflowContext<Self>) -> u64 {
    ///         points.until(|_| workflow::continue_as_new_suggested()).await;
    ///         points.continue_as_new(Self::run, |points| points.sum).await
    ///     }
    ///
    ///     #[signal]
    ///     fn add(&mut self, n: u64) {
    ///         self.sum += n;
    ///     }
    /// }
    /// # fn main() {}
    /// ```
    ///
    /// It waits until no handler is at work, and `input` is asked at the very end, when everything that has come was given to
    /// its handler: so nothing that a handler has changed is left behind, and what comes later comes to the new run. It is for
    /// the body; a handler would wait for itself.
    pub fn continue_as_new<A, F: WorkflowFn<A>>(
        &self,
        _: F,
        input: impl Fn(&S) -> Input<A, F> + Send + Sync + 'static,
    ) -> Wait<Returned<A, F>> {
        self.is_not_handling();
        let context = self.clone();
        let next = async move {
            let (handlers, input) = (context.clone(), Arc::new(input));
            let (of, made) = (context.clone(), Arc::clone(&input));
            let next = Anew {
                workflow: F::Workflow::NAME,
                input: NextInput::Made {
                    make: Box::new(move || written(&of.state(|state| made(state)))),
                    is_ready: Box::new(move || handlers.handlers_at_work() == 0),
                },
            };
            if let Some(never) = here().continue_as_new(next) {
                never.await;
                return std::future::pending().await;
            }
            context.handlers_finished().await;
            let input = context.state(|state| input(state));
            F::Workflow::execute(input).await
        };
        Wait::of(next.boxed())
    }
}

fn written<T: Serialize>(input: &T) -> Result<Value, String> {
    serde_json::to_value(input).map_err(|error| format!("it does not serialise: {error}"))
}
