//! What the agents in a workflow ask for and show: approvals, and events.

use super::Handle;
use crate::{
    Result,
    durable::{
        approvals::{APPROVALS, DECIDE},
        streamed::{Events, Offset},
    },
    tool::{Approval, Decision},
};
use std::time::Duration;

/// How long a workflow's approvals are waited for: a replay of a long history comes first.
const LONGEST: Duration = Duration::from_secs(30);

impl<T> Handle<T> {
    /// The calls of tools that wait for somebody to approve them, the oldest first.
    ///
    /// # Errors
    /// When there is no such workflow, or no worker answers for it.
    pub async fn approvals(&self) -> Result<Vec<Approval>> {
        self.query(APPROVALS, &()).timeout(LONGEST).await
    }

    /// Approves a call, or rejects it: the first decision about it holds. The workflow notes when.
    ///
    /// ```no_run
    /// # use steadfast::{Decision, Handle, prelude::*};
    /// # async fn decide(run: Handle<String>) -> Result<()> {
    /// for approval in run.approvals().await? {
    ///     println!("{approval}");
    ///     run.decide(&approval, Decision::approve("ann@example.com")).await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Any Temporal client can do the same, by the query `steadfast.approvals` and the update `steadfast.decide`.
    ///
    /// # Errors
    /// When it was decided before, is not waited for, or there is no such workflow running.
    pub async fn decide(&self, approval: &Approval, decision: Decision) -> Result<Decision> {
        self.update(DECIDE, &Decision { id: approval.id.clone(), ..decision }).await
    }

    /// Follows the events of the workflow's [streamed](crate::AgentExt::run_streamed) runs, from the first on and to the
    /// workflow's end; the model's text comes while the model is still talking. Any number of subscribers may do so, at any
    /// time, also when the workflow has ended.
    ///
    /// ```no_run
    /// # use steadfast::{Handle, RunEventKind, prelude::*};
    /// # async fn watch(run: Handle<String>) -> Result<()> {
    /// let mut events = run.events();
    /// while let Some(streamed) = events.next().await? {
    ///     if let RunEventKind::Text { delta, .. } = streamed.event.kind {
    ///         print!("{delta}");
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Nothing of it is recorded: the worker that has the workflow is asked, by the query `steadfast.events`, every 25 to
    /// 250 milliseconds. A run with [`local_model_calls`](crate::Running::local_model_calls) is shown when its calls are
    /// done.
    #[must_use]
    pub fn events(&self) -> Events {
        self.events_from(Offset::default())
    }

    /// The same from an offset on: whatever comes after the event that had it.
    #[must_use]
    pub fn events_from(&self, offset: Offset) -> Events {
        Events::of(self.client.clone(), self.id.clone(), offset)
    }
}
