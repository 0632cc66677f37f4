//! Many runs of one agent, so many at once.

use super::Running;
use crate::{
    agent::{AgentOutput, Run, RunError},
    workflow::in_order,
};
use futures::future::BoxFuture;
use std::fmt;

/// How many runs there are at once where nobody says otherwise.
const AT_ONCE: usize = 10;

/// Runs of one agent over several inputs, made by [`AgentExt::run_all`](crate::AgentExt::run_all).
///
/// Awaited, it gives one result for each input, in the order of the inputs: what one run comes to leaves the others as
/// they are.
#[must_use = "runs do nothing until they are awaited"]
pub struct RunAll<'a, T> {
    runs: Vec<Running<'a, T>>,
    at_once: usize,
}

impl<'a, T> RunAll<'a, T> {
    pub(super) fn of(runs: Vec<Running<'a, T>>) -> Self {
        Self { runs, at_once: AT_ONCE }
    }

    /// Sets how many runs there are at once; 10 by default, and zero counts as one.
    pub fn at_once(self, most: usize) -> Self {
        Self { at_once: most.max(1), ..self }
    }

    /// Sets options of each run: `.each(|run| run.max_turns(3))`.
    pub fn each(self, set: impl FnMut(Running<'a, T>) -> Running<'a, T>) -> Self {
        Self { runs: self.runs.into_iter().map(set).collect(), ..self }
    }
}

impl<'a, T: AgentOutput> IntoFuture for RunAll<'a, T> {
    type Output = Vec<Result<Run<T>, RunError>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(in_order(self.runs.into_iter(), self.at_once))
    }
}

impl<T> fmt::Debug for RunAll<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunAll").field("runs", &self.runs).field("at_once", &self.at_once).finish()
    }
}
