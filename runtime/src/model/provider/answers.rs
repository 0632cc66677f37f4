//! Answers that serve again: of models whose agent has a `cache`, by all that they were asked.

use crate::{
    kept::Kept,
    model::{Digest, Model, ModelError, ModelRequest, ModelResponse, OnText, Usage},
};
use futures::future::BoxFuture;
use std::{sync::Arc, time::Duration};

/// The answers that a process has kept. Clones are the same answers.
#[derive(Clone, Debug, Default)]
pub(super) struct Answers(Kept<ModelResponse>);

impl Answers {
    /// The model of this name, which answers equal requests for so long with one answer.
    pub(super) fn of(&self, model: Arc<dyn Model>, name: &str, lifetime: Duration) -> Arc<dyn Model> {
        Arc::new(Remembering { model, name: name.to_owned(), lifetime, answers: self.clone() })
    }
}

struct Remembering {
    model: Arc<dyn Model>,
    /// With its provider.
    name: String,
    lifetime: Duration,
    answers: Answers,
}

impl Remembering {
    /// Equal for equal requests, and for no others. `None` for what cannot be written as JSON, which no model is asked.
    fn key(&self, request: &ModelRequest) -> Option<String> {
        let ModelRequest { model: _, instructions, input, tools, handoffs: _, hosted, output, settings } = request;
        let input = (input.len(), input.digest().to_string());
        let asked = (&self.name, instructions, input, &**tools, &**hosted, output.as_deref(), settings);
        Some(Digest::of(serde_json::to_vec(&asked).ok()?).to_string())
    }

    fn find(&self, key: Option<&str>) -> Option<ModelResponse> {
        let answer = self.answers.0.find(key?)?;
        // What is remembered costs nothing.
        Some(ModelResponse { usage: Usage::default(), cost: None, ..answer })
    }

    fn keep(&self, key: Option<String>, answer: &ModelResponse) {
        if let (Some(key), Ok(json)) = (key, serde_json::to_vec(answer)) {
            self.answers.0.keep(key, answer.clone(), json.len(), self.lifetime);
        }
    }
}

impl Model for Remembering {
    fn respond(&self, request: ModelRequest) -> BoxFuture<'_, Result<ModelResponse, ModelError>> {
        Box::pin(async move {
            let key = self.key(&request);
            if let Some(answer) = self.find(key.as_deref()) {
                return Ok(answer);
            }
            let answer = self.model.respond(request).await?;
            self.keep(key, &answer);
            Ok(answer)
        })
    }

    fn stream(&self, request: ModelRequest, heard: OnText) -> BoxFuture<'_, Result<ModelResponse, ModelError>> {
        Box::pin(async move {
            let key = self.key(&request);
            if let Some(answer) = self.find(key.as_deref()) {
                let text = answer.text();
                if !text.is_empty() {
                    heard(&text);
                }
                return Ok(answer);
            }
            let answer = self.model.stream(request, heard).await?;
            self.keep(key, &answer);
            Ok(answer)
        })
    }
}
