//! Runs agents and tools where the caller stands: durably inside a workflow, in this process anywhere else.

mod as_child;
mod run_all;
mod run_stream;
mod running;
mod tool_run;

pub use as_child::ChildRun;
pub use run_all::RunAll;
pub use run_stream::RunStream;
pub use running::Running;
pub use tool_run::{CallArguments, ToolRun};

use crate::{
    agent::{Agent, Begin, DynamicAgent, Input, Interrupted, Run, RunError},
    effects::{self, Effects},
    inline,
    model::Item,
    session::Session,
    tool::{Approval, Decision, DecisionError},
};
use std::{sync::Arc, time::SystemTime};

/// The effects of the place the caller is in.
pub(crate) fn here() -> Arc<dyn Effects> {
    effects::ambient().unwrap_or_else(inline::by_default)
}

// Here, because a run knows no clock.
impl Interrupted {
    /// Decides about a call that waits. The decision notes the time, unless it has one.
    ///
    /// # Errors
    /// When it says nobody's name, comes too late, or names a call that was decided about before, or does not wait.
    pub fn decide(&mut self, approval: &Approval, decision: Decision) -> Result<(), DecisionError> {
        let at = decision.at.or_else(|| Some(SystemTime::now()));
        self.decided(&Decision { id: approval.id.clone(), at, ..decision })
    }
}

// Here, because a session knows no agents.
impl Session {
    /// Has an agent put what was said into fewer words, and shows models these in its place from now on. The agent sees
    /// what they were shown so far, and is asked for a summary; its instructions say of what kind. The whole stays as it is.
    ///
    /// # Errors
    /// Those of the agent's run. Then nothing has changed.
    pub async fn compact<A: Agent<Output = String>>(&mut self, by: &A) -> Result<Run<String>, RunError> {
        let mut asked = self.shown();
        asked.push(Item::user("Summarise our conversation so far, for whoever goes on with it."));
        let run = by.run(asked).await?;
        let summary = Item::assistant(format!("Summary of the conversation so far:\n{}", run.output));
        self.replace(vec![summary].into());
        Ok(run)
    }
}

/// Running agents; brought in by the prelude.
pub trait AgentExt: Agent {
    /// Runs the agent until it has an answer.
    ///
    /// Inside a workflow every model call and every tool call is an activity: recorded, retried, resumed after a
    /// crash. Anywhere else the run happens in this process, with the providers and the state of
    /// [`App::inline`](crate::App::inline), or with none.
    ///
    /// # Errors
    /// The future gives a [`RunError`](crate::RunError), which says what ended the run and carries what it had done so far.
    fn run(&self, input: impl Into<Input>) -> Running<'_, Self::Output>
    where
        Self: Sized,
    {
        Running::of(self, Self::SPEC.output, Begin::Input(input.into()))
    }

    /// Runs the agent, and shows what happens on the way: the model's text as it comes, calls of tools, handoffs.
    ///
    /// ```no_run
    /// # use steadfast::{RunEventKind, prelude::*};
    /// # #[agent(model = "gpt-5.6-luna")]
    /// # struct Guide;
    /// # async fn ask() -> Result<()> {
    /// let mut run = Guide.run_streamed("Where to?");
    /// while let Some(event) = run.next().await {
    ///     match event.kind {
    ///         RunEventKind::Text { delta, .. } => print!("{delta}"),
    ///         RunEventKind::ToolStarted { tool, .. } => println!("[{tool}]"),
    ///         _ => {}
    ///     }
    /// }
    /// println!("{} tokens", run.await?.usage.total_tokens());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// In a workflow it is awaited like any run, and whoever follows the workflow sees the events:
    /// [`Handle::events`](crate::Handle::events). With options, it is `agent.run(..).max_turns(3).streamed()`.
    fn run_streamed(&self, input: impl Into<Input>) -> RunStream<'_, Self::Output>
    where
        Self: Sized,
    {
        self.run(input).streamed()
    }

    /// Runs the agent over several inputs, ten at once unless [`RunAll::at_once`] says otherwise.
    ///
    /// ```no_run
    /// # use steadfast::prelude::*;
    /// # #[agent(model = "gpt-5.6-luna")]
    /// # struct Reviewer;
    /// # async fn review(pages: Vec<String>) {
    /// for review in Reviewer.run_all(pages).at_once(3).each(|run| run.max_turns(2)).await {
    ///     match review {
    ///         Ok(run) => println!("{}", run.output),
    ///         Err(error) => println!("no review: {error}"),
    ///     }
    /// }
    /// # }
    /// ```
    fn run_all<I: Into<Input>>(&self, inputs: impl IntoIterator<Item = I>) -> RunAll<'_, Self::Output>
    where
        Self: Sized,
    {
        RunAll::of(inputs.into_iter().map(|input| self.run(input)).collect())
    }

    /// Goes on with a run of this agent that was [interrupted](Interrupted): makes the calls that were approved, tells the
    /// model of those that were rejected, and runs until it has an answer. Options are those of this part of the run.
    ///
    /// # Errors
    /// As [`run`](Self::run); it is [`Interrupted`](crate::RunErrorKind::Interrupted) again when something is undecided, and
    /// [`InvalidAgent`](crate::RunErrorKind::InvalidAgent) when the run was begun with another agent.
    fn resume(&self, interrupted: Interrupted) -> Running<'_, Self::Output>
    where
        Self: Sized,
    {
        Running::of(self, Self::SPEC.output, Begin::Interrupted(Box::new(interrupted)))
    }
}

impl<A: Agent> AgentExt for A {}

// Here, because an agent made of data knows nothing of the place it is run in.
impl DynamicAgent {
    /// Runs the agent until it has an answer, as [`AgentExt::run`](crate::AgentExt::run) does.
    ///
    /// # Errors
    /// The future gives a [`RunError`](crate::RunError). It is [`InvalidAgent`](crate::RunErrorKind::InvalidAgent), before
    /// anything was sent, when the agent or one that it may hand over to
    /// - has no name or no model, or a name too long for a function to be named after it;
    /// - lists a tool that the app does not have, or functions of one name, tools and handoffs together;
    /// - has a tool with an effect that it is not granted, or a handoff to an agent that is granted more;
    /// - puts into `provider_options` what a request is made of.
    pub fn run(&self, input: impl Into<Input>) -> Running<'_, String> {
        Running::of(self, None, Begin::Input(input.into()))
    }

    /// Goes on with a run of this agent that was interrupted, as [`AgentExt::resume`](crate::AgentExt::resume) does.
    ///
    /// # Errors
    /// The same.
    pub fn resume(&self, interrupted: Interrupted) -> Running<'_, String> {
        Running::of(self, None, Begin::Interrupted(Box::new(interrupted)))
    }
}
