//! Starting workflows, agents and schedules, and finding them again.

use super::App;
use crate::{
    Result,
    agent::Agent,
    conversation::{Said, Startable},
    durable::{Conversing, NewSchedule, Start, StartConversation},
    workflow::{Workflow, WorkflowFn},
};
use serde_json::json;

impl App {
    /// Starts a workflow: `app.start(weekend, request).await?`. Await it, or give it an id first.
    // By value: a caller has no use for the input any more, and it reads as the call that it is.
    #[expect(clippy::needless_pass_by_value)]
    pub fn start<A, F: WorkflowFn<A>>(
        &self,
        _: F,
        input: <F::Workflow as Workflow>::Input,
    ) -> Start<'_, <F::Workflow as Workflow>::Output, <F::Workflow as Workflow>::Handle> {
        Start::new(self, F::Workflow::NAME, &input)
    }

    /// Starts an agent as a workflow, and asks it once: its [result](crate::Handle::result) is the agent's output. The
    /// agent is registered with the workers by [`agent`](Self::agent).
    ///
    /// ```no_run
    /// # use steadfast::prelude::*;
    /// # #[agent(model = "m", instructions = "You plan within {budget} euros.")]
    /// # struct TripPlanner { budget: u32 }
    /// # async fn plan(app: App) -> Result<()> {
    /// let run = app.start_agent(&TripPlanner { budget: 300 }, "A weekend in May").id("trip-42").await?;
    /// println!("{}", run.result().await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Any Temporal client can do the same: the workflow's type is the agent's name, its input an object of the agent's
    /// fields and `input`, which is a text or a list of items. For an agent without fields a text alone will do.
    pub fn start_agent<A: Startable>(&self, agent: &A, input: impl Into<Said>) -> Start<'_, A::Output> {
        let mut fields = agent.fields();
        fields.insert("input".to_owned(), json!(input.into()));
        Start::new(self, A::SPEC.name(), &fields)
    }

    /// Starts a conversation with an agent, which goes on until it is ended, over any number of messages.
    ///
    /// ```no_run
    /// # use steadfast::prelude::*;
    /// # #[agent(model = "m")]
    /// # struct Guide;
    /// # async fn talk(app: App) -> Result<()> {
    /// let talk = app.start_conversation(&Guide).id("guide-for-ann").await?;
    /// println!("{}", talk.send("Where to?").await?);
    /// println!("{}", talk.send("And how do I get there?").await?);
    /// talk.end().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn start_conversation<A: Startable>(&self, agent: &A) -> StartConversation<'_, A::Output> {
        StartConversation::new(self, agent)
    }

    /// The conversation with this agent that has this id.
    ///
    /// # Errors
    /// When the server cannot be reached. Whether there is such a conversation shows when the handle is used.
    pub async fn conversation<A: Agent>(&self, id: impl Into<String>) -> Result<Conversing<A::Output>> {
        Ok(Conversing::of(self.client().await?.handle(id)))
    }

    /// A schedule that starts a workflow at set times: `app.schedule("daily", report, input).every(day).create().await?`.
    /// The server starts it, whether or not this process runs; a worker has to.
    pub fn schedule<A, F: WorkflowFn<A>>(
        &self,
        id: impl Into<String>,
        workflow: F,
        input: <F::Workflow as Workflow>::Input,
    ) -> NewSchedule<'_, <F::Workflow as Workflow>::Output> {
        NewSchedule::new(id.into(), self.start(workflow, input).plain())
    }

    /// A schedule that asks an agent at set times, as [`start_agent`](Self::start_agent) does once:
    /// `app.schedule_agent("daily", &Reporter, "What is new?").every(day).create().await?`.
    pub fn schedule_agent<A: Startable>(
        &self,
        id: impl Into<String>,
        agent: &A,
        input: impl Into<Said>,
    ) -> NewSchedule<'_, A::Output> {
        NewSchedule::new(id.into(), self.start_agent(agent, input))
    }

    /// The handle of a workflow that runs or has run: `app.handle(weekend, "weekend-42").await?`.
    ///
    /// # Errors
    /// When the server cannot be reached. Whether there is such a workflow shows when the handle is used.
    pub async fn handle<A, F: WorkflowFn<A>>(
        &self,
        _: F,
        id: impl Into<String>,
    ) -> Result<<F::Workflow as Workflow>::Handle> {
        Ok(self.client().await?.handle(id).into())
    }
}
