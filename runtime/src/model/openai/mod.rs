//! OpenAI's two APIs, Responses and Chat Completions, and the many servers that speak one of them.
//!
//! This folder is the only place that names `async_openai` and `reqwest`. The crate lends us the routes and the
//! request building; what it would do on its own about retries, redirects, timeouts and errors is replaced by
//! `http.rs`, and its strict types by readers that forgive what they can: `responses.rs`, `chat/`, `envelope.rs`.

mod chat;
mod endpoint;
mod envelope;
mod error;
mod http;
mod responses;
#[cfg(test)]
mod tests;

pub use http::Timeouts;

pub(crate) use endpoint::{Endpoint, without_credentials};
pub(crate) use http::Http;

use super::{Model, ModelError, ModelRequest, ModelResponse};
use async_openai::Client;
use futures::future::BoxFuture;
use serde_json::Value;

/// A model server that speaks one of OpenAI's APIs; made by [`Provider`](super::Provider).
///
/// Each call is one HTTP request: nothing is retried here and no redirect is followed.
#[derive(Clone, Debug)]
pub struct OpenAi {
    client: Client<Endpoint>,
    api: Api,
}

#[derive(Clone, Copy, Debug)]
enum Api {
    Responses,
    ChatCompletions,
}

impl OpenAi {
    /// The Responses API at `endpoint`.
    pub(crate) fn responses(endpoint: Endpoint, http: &Http) -> Self {
        Self { client: http.client(endpoint), api: Api::Responses }
    }

    /// The Chat Completions API at `endpoint`.
    pub(crate) fn chat_completions(endpoint: Endpoint, http: &Http) -> Self {
        Self { client: http.client(endpoint), api: Api::ChatCompletions }
    }

    async fn ask(&self, request: &ModelRequest) -> Result<ModelResponse, ModelError> {
        match self.api {
            Api::Responses => {
                let body = responses::Body::of(request);
                let answer: Value = self.client.responses().create_byot(body).await.map_err(error::from_client)?;
                responses::read(answer)
            }
            Api::ChatCompletions => {
                chat::Body::check(request)?;
                let items = request.input.items();
                let body = chat::Body::of(request, &items);
                let answer: Value = self.client.chat().create_byot(body).await.map_err(error::from_client)?;
                chat::read(&answer, request)
            }
        }
    }
}

impl Model for OpenAi {
    fn respond(&self, request: ModelRequest) -> BoxFuture<'_, Result<ModelResponse, ModelError>> {
        Box::pin(async move {
            let answer = self.ask(&request).await;
            for kind in answer.iter().flat_map(|answer| &answer.items).filter_map(crate::model::Item::unknown_type) {
                tracing::warn!(
                    kind,
                    "the model answered with an item of a type that is not known; it is kept as it is"
                );
            }
            answer.map_err(|mut error| {
                // Some servers quote the key they refuse.
                error.message = self.client.config().hide_key(&error.message);
                error
            })
        })
    }
}
