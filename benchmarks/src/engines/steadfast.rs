//! Ours, as the README teaches it, and other ways to run the same: with a local tool, with the two halves of a worker apart,
//! and with the code run twice.

use super::{Place, Plan};
use crate::Result;
use std::time::Instant;
use steadfast::{AgentExt, App, Target, agent, model::Provider, tool, workflow};

/// Fetches a page.
#[tool]
#[expect(clippy::unused_async, reason = "a real one would have something to wait for")]
async fn fetch(
    /// Which page.
    page: u32,
    /// How long it is.
    bytes: u32,
) -> String {
    super::page(page, bytes)
}

#[agent(
    model = "scripted",
    instructions = "You read all the pages you are asked to read, one after the other.",
    tools = [fetch],
    max_turns = 10000
)]
struct Reader;

#[workflow]
async fn conversation(plan: Plan) -> steadfast::Result<String> {
    Ok(Reader.run(plan.prompt()).await?.output)
}

/// Where the tool is a local activity.
mod local {
    use super::{AgentExt, Plan, agent, tool, workflow};

    /// Fetches a page.
    #[tool(local)]
    #[expect(clippy::unused_async, reason = "a real one would have something to wait for")]
    async fn fetch(
        /// Which page.
        page: u32,
        /// How long it is.
        bytes: u32,
    ) -> String {
        super::super::page(page, bytes)
    }

    #[agent(
        model = "scripted",
        instructions = "You read all the pages you are asked to read, one after the other.",
        tools = [fetch],
        max_turns = 10000
    )]
    struct Reader;

    #[workflow]
    pub(super) async fn conversation(plan: Plan) -> steadfast::Result<String> {
        Ok(Reader.run(plan.prompt()).await?.output)
    }
}

/// One worker that does everything.
pub(crate) async fn work(place: Place) -> Result<()> {
    let worker = app(&place).workflow(conversation).worker().await?;
    Ok(worker.run_until(std::future::pending()).await?)
}

/// The same, with a local tool.
pub(super) async fn work_locally(place: Place) -> Result<()> {
    let worker = app(&place).workflow(local::conversation).worker().await?;
    Ok(worker.run_until(std::future::pending()).await?)
}

/// One worker for workflows and one for activities, with nothing in common but the server: as in two processes, only
/// that what they use of the CPU is counted together.
pub(super) async fn work_apart(place: Place) -> Result<()> {
    let (one, other) = (app(&place).workflow(conversation), app(&place).workflow(conversation));
    let workflows = one.worker().await?.without_activities().spawn();
    let mut activities = other.worker().await?.without_workflows().spawn();
    let ended = activities.ended().await;
    drop(workflows);
    Ok(ended?)
}

/// One worker that runs the workflow's code a second time on the way, and looks whether it does the same.
pub(super) async fn work_twice(place: Place) -> Result<()> {
    let worker = app(&place).workflow(conversation).check_determinism(true).worker().await?;
    Ok(worker.run_until(std::future::pending()).await?)
}

pub(super) async fn replay(address: &str, workflow: &str, times: u32) -> Result<Vec<f64>> {
    let app = App::new("benchmark").target(Target::address(address)).workflow(conversation);
    let history = app.handle(conversation, workflow).await?.history().await?;
    let mut taken = Vec::new();
    for _ in 0..times {
        let began = Instant::now();
        app.replay(&history).await?;
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(taken)
}

fn app(place: &Place) -> App {
    let provider = Provider::responses(&place.model).api_key("scripted");
    let app = App::new("benchmark").target(Target::address(&place.address));
    app.task_queue(&place.task_queue).provider("openai", provider)
}
