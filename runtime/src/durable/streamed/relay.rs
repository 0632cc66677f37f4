//! The activity's side: tells the workflow what the model says, as soon as the workflow can take it.

use super::{Piece, SAY};
use crate::{
    durable::{payload, query::Workflow},
    model::OnText,
};
use std::{
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use temporalio_sdk::activities::ActivityContext;
use tokio::sync::Notify;

/// The wait between two pieces: words that come in it go together.
const BREATH: Duration = Duration::from_millis(20);
/// The wait after the workflow has not answered, or has not taken anything.
const WAIT: Duration = Duration::from_secs(1);

/// An answer that is on its way, and is told of. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Telling(Arc<Said>);

#[derive(Default)]
struct Said {
    text: Mutex<String>,
    news: Notify,
}

impl Telling {
    /// What the model calls with its text.
    pub(crate) fn heard(&self) -> OnText {
        let said = Arc::clone(&self.0);
        Arc::new(move |text: &str| {
            // A text is pushed whole, so a poisoned lock protects nothing half-written.
            said.text.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
            said.news.notify_one();
        })
    }

    fn from(&self, bytes: usize) -> Option<String> {
        let text = self.0.text.lock().unwrap_or_else(PoisonError::into_inner);
        text.get(bytes..).filter(|news| !news.is_empty()).map(str::to_owned)
    }

    /// Tells of call number `call`, for ever. That it fails takes nothing from the answer, which has the whole text.
    pub(crate) async fn tell(&self, activity: &ActivityContext, call: u64) -> Infallible {
        let workflow = Workflow::of(activity);
        let attempt = activity.info().attempt;
        // What the workflow has; it may lose it, if its worker dies.
        let mut known = 0;
        loop {
            let Some(text) = self.from(known) else {
                self.0.news.notified().await;
                continue;
            };
            let piece = Piece { call, attempt, from: known, text };
            match say(&workflow, &piece).await {
                Ok(Some(bytes)) => {
                    let wait = if bytes > known || bytes == 0 { BREATH } else { WAIT };
                    known = bytes;
                    tokio::time::sleep(wait).await;
                }
                Ok(None) => std::future::pending().await,
                Err(error) => {
                    tracing::debug!(error, "a workflow does not take the text of its model's answer");
                    tokio::time::sleep(WAIT).await;
                }
            }
        }
    }
}

async fn say(workflow: &Workflow, piece: &Piece) -> Result<Option<usize>, String> {
    let input = payload::encode(piece).map_err(|error| error.to_string())?;
    let answer = workflow.query_once(SAY, input).await.map_err(|error| error.to_string())?;
    payload::decode(Some(&answer)).map_err(|error| error.to_string())
}
