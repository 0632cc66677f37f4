//! The floor: the loop as one writes it by hand on Temporal's SDK, with the whole conversation in every model call.

use super::{
    Place, Plan, TIMEOUT, connect,
    openai::{Item, Model, Page, Wish},
};
use crate::Result;
use std::{sync::Arc, time::Instant};
use temporalio_client::{UntypedWorkflow, WorkflowFetchHistoryOptions};
use temporalio_common::protos::temporal::api::history::v1::History;
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ActivityOptions, ApplicationFailure, Runtime, Worker, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflow_replayer::{WorkflowReplayer, WorkflowReplayerOptions},
};

struct Activities {
    model: Model,
}

#[activities]
impl Activities {
    #[activity(name = "model")]
    async fn model(
        self: Arc<Self>,
        _ctx: ActivityContext,
        conversation: Vec<Item>,
    ) -> Result<Vec<Item>, ActivityError> {
        Ok(self.model.answer(&conversation).await?)
    }

    #[activity(name = "fetch")]
    #[expect(clippy::unused_async, reason = "a real one would have something to wait for")]
    async fn fetch(_ctx: ActivityContext, page: Page) -> Result<String, ActivityError> {
        Ok(page.text())
    }
}

#[workflow]
#[derive(Default)]
struct Conversation;

#[workflow_methods]
impl Conversation {
    #[run(name = "conversation")]
    async fn run(ctx: &mut WorkflowContext<Self>, plan: Plan) -> WorkflowResult<String> {
        let mut conversation = vec![Item::prompt(plan)];
        loop {
            let answer = ctx.execute_activity(Activities::model, conversation.clone(), options()).await?;
            let wishes = wishes(&answer).map_err(ApplicationFailure::non_retryable)?;
            conversation.extend(answer);
            for wish in wishes {
                match wish {
                    Wish::Say(text) => return Ok(text),
                    Wish::Fetch { call_id, page } => {
                        let output = ctx.execute_activity(Activities::fetch, page, options()).await?;
                        conversation.push(Item::output(call_id, output));
                    }
                }
            }
        }
    }
}

/// What the model wants with its answer.
pub(super) fn wishes(answer: &[Item]) -> serde_json::Result<Vec<Wish>> {
    answer.iter().filter_map(|item| item.wish().transpose()).collect()
}

pub(super) fn options() -> ActivityOptions {
    ActivityOptions::start_to_close_timeout(TIMEOUT)
}

pub(crate) async fn work(place: Place) -> Result<()> {
    let options = WorkerOptions::new(place.task_queue)
        .register_activities(Activities { model: Model::at(&place.model) })
        .register_workflow::<Conversation>()?
        .build();
    run(&place.address, options).await
}

pub(super) async fn replay(address: &str, workflow: &str, times: u32) -> Result<Vec<f64>> {
    let options = WorkflowReplayerOptions::new().register_workflow::<Conversation>()?.build();
    time_replay(address, workflow, times, options).await
}

/// Runs a worker with these options.
pub(super) async fn run(address: &str, options: WorkerOptions) -> Result<()> {
    let runtime = Runtime::from_current_tokio(temporalio_sdk::runtime::RuntimeOptions::default())?;
    Worker::new(&runtime, connect(address).await?, options)?.run().await?;
    Ok(())
}

/// Replays a workflow's history with these options; returns the milliseconds of each time.
pub(super) async fn time_replay(
    address: &str,
    workflow: &str,
    times: u32,
    options: WorkflowReplayerOptions,
) -> Result<Vec<f64>> {
    let handle = connect(address).await?.get_workflow_handle::<UntypedWorkflow>(workflow);
    let events = handle.fetch_history(WorkflowFetchHistoryOptions::default()).into_events().await?;
    let mut taken = Vec::new();
    for _ in 0..times {
        let history = History { events: events.clone() };
        let began = Instant::now();
        WorkflowReplayer::new(options.clone())?.replay_workflow(history.into()).await?;
        taken.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(taken)
}
