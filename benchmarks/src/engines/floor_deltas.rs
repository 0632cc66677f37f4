//! The floor with its one obvious improvement: a model call gets only what is new, and the worker remembers the rest.
//!
//! That is as far as a loop can be driven by hand in an afternoon, and it is not durable: a worker that dies takes the
//! conversations with it, and a second worker has never seen them. It stands here as a mark for speed and size alone.

use super::{
    Place, Plan,
    floor::{options, run, time_replay, wishes},
    openai::{Item, Model, Page, Wish},
};
use crate::Result;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use temporalio_macros::{activities, workflow, workflow_methods};
use temporalio_sdk::{
    ApplicationFailure, WorkerOptions, WorkflowContext, WorkflowResult,
    activities::{ActivityContext, ActivityError},
    workflow_replayer::WorkflowReplayerOptions,
};

/// What a conversation has grown by.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Delta {
    /// How long it was before; a second attempt begins there again.
    after: usize,
    items: Vec<Item>,
}

struct Activities {
    model: Model,
    /// By the run's id.
    conversations: Mutex<HashMap<String, Vec<Item>>>,
}

#[activities]
impl Activities {
    #[activity(name = "model")]
    async fn model(self: Arc<Self>, ctx: ActivityContext, new: Delta) -> Result<Vec<Item>, ActivityError> {
        let run = ctx.info().workflow_run_id.clone().unwrap_or_default();
        // Taken out while the model is asked, so that nothing is copied and nobody waits.
        let mut conversation = self.conversations().remove(&run).unwrap_or_default();
        conversation.truncate(new.after);
        conversation.extend(new.items);
        let answer = self.model.answer(&conversation).await?;
        if answer.iter().any(|item| matches!(item, Item::FunctionCall { .. })) {
            conversation.extend(answer.iter().cloned());
            self.conversations().insert(run, conversation);
        }
        Ok(answer)
    }

    #[activity(name = "fetch")]
    #[expect(clippy::unused_async, reason = "a real one would have something to wait for")]
    async fn fetch(_ctx: ActivityContext, page: Page) -> Result<String, ActivityError> {
        Ok(page.text())
    }
}

impl Activities {
    fn conversations(&self) -> std::sync::MutexGuard<'_, HashMap<String, Vec<Item>>> {
        self.conversations.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[workflow]
#[derive(Default)]
struct Conversation;

#[workflow_methods]
impl Conversation {
    #[run(name = "conversation")]
    async fn run(ctx: &mut WorkflowContext<Self>, plan: Plan) -> WorkflowResult<String> {
        let mut new = Delta { after: 0, items: vec![Item::prompt(plan)] };
        loop {
            let after = new.after + new.items.len();
            let answer = ctx.execute_activity(Activities::model, new, options()).await?;
            new = Delta { after: after + answer.len(), items: Vec::new() };
            for wish in wishes(&answer).map_err(ApplicationFailure::non_retryable)? {
                match wish {
                    Wish::Say(text) => return Ok(text),
                    Wish::Fetch { call_id, page } => {
                        let output = ctx.execute_activity(Activities::fetch, page, options()).await?;
                        new.items.push(Item::output(call_id, output));
                    }
                }
            }
        }
    }
}

pub(super) async fn work(place: Place) -> Result<()> {
    let activities = Activities { model: Model::at(&place.model), conversations: Mutex::default() };
    let options = WorkerOptions::new(place.task_queue)
        .register_activities(activities)
        .register_workflow::<Conversation>()?
        .build();
    run(&place.address, options).await
}

pub(super) async fn replay(address: &str, workflow: &str, times: u32) -> Result<Vec<f64>> {
    let options = WorkflowReplayerOptions::new().register_workflow::<Conversation>()?.build();
    time_replay(address, workflow, times, options).await
}
