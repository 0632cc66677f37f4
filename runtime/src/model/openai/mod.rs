//! OpenAI's two APIs, Responses and Chat Completions, and the many servers that speak one of them.
//!
//! This folder is the only place that names `async_openai` and `reqwest`. The crate lends us the routes and the
//! request building; what it would do on its own about retries, redirects, timeouts and errors is replaced by
//! `http.rs`, and its strict types by readers that forgive what they can: `responses.rs`, `chat/`, `envelope.rs`. An
//! answer that is streamed is told of on its way, and put together in `folded/` before anybody reads it.

mod chat;
mod class;
mod endpoint;
mod envelope;
mod error;
mod events;
mod folded;
mod http;
mod responses;
#[cfg(test)]
mod tests;

pub use http::Timeouts;

pub(crate) use endpoint::{Endpoint, without_credentials};
pub(crate) use http::Http;

use super::{
    Item, Model, ModelError, ModelRequest, ModelResponse, OnText,
    dialect::{Api, Dialect, Warned},
};
use async_openai::Client;
use folded::{Chat, Folded, Response};
use futures::future::BoxFuture;
use http::Opening;
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A model server that speaks one of OpenAI's APIs; made by [`Provider`](super::Provider).
///
/// Each call is one HTTP request: nothing is retried here and no redirect is followed.
#[derive(Clone, Debug)]
pub struct OpenAi {
    endpoint: Endpoint,
    http: Http,
    provider: Arc<Spoken>,
}

/// Whom is spoken with, and how.
#[derive(Debug)]
struct Spoken {
    name: String,
    dialect: Dialect,
    warned: Warned,
}

impl OpenAi {
    /// The provider `name` at `endpoint`.
    pub(crate) fn new(name: &str, endpoint: Endpoint, http: &Http, dialect: Dialect) -> Self {
        let provider = Spoken { name: name.to_owned(), dialect, warned: Warned::default() };
        Self { endpoint, http: http.clone(), provider: Arc::new(provider) }
    }

    /// The way of one call, which tells `heard` of the answer's text and leaves its head in `opening`.
    fn client(&self, model: &str, heard: Option<OnText>, opening: &Opening) -> Client<Endpoint> {
        let provider = Arc::clone(&self.provider);
        let folded = move || match provider.dialect.api {
            Api::Responses => Folded::Response(Response::default()),
            Api::ChatCompletions => Folded::Chat(Box::new(Chat::new(&provider.dialect.bend))),
        };
        let http = self.http.keeping(opening);
        let http = match heard {
            Some(heard) => http.heard_by(Arc::new(folded), heard),
            None => http,
        };
        http.client(self.endpoint.of_model(model).unwrap_or_else(|| self.endpoint.clone()))
    }

    async fn ask(&self, request: ModelRequest, heard: Option<OnText>) -> Result<ModelResponse, ModelError> {
        let opening = Opening::default();
        let answer = self.read(request, heard, &opening).await;
        // What is wrong with an answer that came as a success may be found only where its head is gone.
        answer.map_err(|error| match opening.get() {
            Some((status, headers)) if error.status.is_none() => error::with_head(error, *status, headers),
            _ => error,
        })
    }

    async fn read(
        &self,
        mut request: ModelRequest,
        heard: Option<OnText>,
        opening: &Opening,
    ) -> Result<ModelResponse, ModelError> {
        let Spoken { name, dialect, warned } = &*self.provider;
        request.model = dialect.model(&request.model).to_owned();
        dialect.bend.fit(&mut request, name, warned);
        let streams = heard.is_some();
        let client = self.client(&request.model, heard, opening);
        match dialect.api {
            Api::Responses => {
                let body = responses::Body::of(&request, streams);
                let answer: Value = client.responses().create_byot(body).await.map_err(error::from_client)?;
                responses::read(answer)
            }
            Api::ChatCompletions => {
                chat::Body::check(&request)?;
                let items = request.input.items();
                let body = chat::Body::of(&request, &items, streams, &dialect.bend);
                let answer: Value = client.chat().create_byot(body).await.map_err(error::from_client)?;
                chat::read(answer, &request, streams, &dialect.bend)
            }
        }
    }
}

impl OpenAi {
    /// One call, and what is to be said of its answer.
    async fn answer(&self, request: ModelRequest, heard: Option<OnText>) -> Result<ModelResponse, ModelError> {
        let answer = self.ask(request, heard).await;
        for kind in answer.iter().flat_map(|answer| &answer.items).filter_map(Item::unknown_type) {
            tracing::warn!(kind, "the model answered with an item of a type that is not known; it is kept as it is");
        }
        answer.map_err(|mut error| {
            // Some servers quote the key they refuse, wherever there is room for it.
            for text in [Some(&mut error.message), error.code.as_mut(), error.request_id.as_mut()].into_iter().flatten()
            {
                *text = self.endpoint.hide_key(text);
            }
            error
        })
    }
}

impl Model for OpenAi {
    fn respond(&self, request: ModelRequest) -> BoxFuture<'_, Result<ModelResponse, ModelError>> {
        Box::pin(async move { self.answer(request, None).await })
    }

    fn stream(&self, request: ModelRequest, heard: OnText) -> BoxFuture<'_, Result<ModelResponse, ModelError>> {
        Box::pin(async move {
            let has_heard = Arc::new(AtomicBool::new(false));
            let notes = {
                let (has_heard, heard) = (Arc::clone(&has_heard), Arc::clone(&heard));
                Arc::new(move |text: &str| {
                    has_heard.store(true, Ordering::Relaxed);
                    heard(text);
                })
            };
            let answer = self.answer(request, Some(notes)).await?;
            // Not every server streams when it is asked to.
            let text = answer.text();
            if !text.is_empty() && !has_heard.load(Ordering::Relaxed) {
                heard(&text);
            }
            Ok(answer)
        })
    }
}
