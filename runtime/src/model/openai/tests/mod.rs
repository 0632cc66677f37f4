//! Both APIs against servers that send raw bytes, and what these tests share.

mod answers;
mod bent;
mod cuts;
mod dialects;
mod failures;
mod matrix;
mod pacing;
mod requests;
mod serving;
mod streams;
mod transport;

use super::{Endpoint, Http, OpenAi, Timeouts};
use crate::model::{
    Item, Model, ModelError, ModelRequest, ModelResponse, OnText,
    dialect::{Api, Dialect},
    pace::Limits,
};
use serde_json::Value;
use serving::{Numbered, Raw, Step, http};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const KEY: &str = "sk-secret-0123456789";

fn impatient() -> Timeouts {
    let short = Duration::from_millis(300);
    Timeouts { connect: short, idle: short, total: short }
}

impl OpenAi {
    /// A server of the Responses API, of which no more is known.
    fn responses(endpoint: Endpoint, http: &Http) -> Self {
        Self::new("test", endpoint, &http.paced(Limits::default()), Dialect::plain(Api::Responses, ""))
    }

    /// A server of the Chat Completions API, of which no more is known.
    fn chat_completions(endpoint: Endpoint, http: &Http) -> Self {
        Self::new("test", endpoint, &http.paced(Limits::default()), Dialect::plain(Api::ChatCompletions, ""))
    }
}

fn responses(url: &str, timeouts: Timeouts) -> OpenAi {
    OpenAi::responses(endpoint(url), &Http::new(timeouts).expect("a client"))
}

fn chat(url: &str, timeouts: Timeouts) -> OpenAi {
    OpenAi::chat_completions(endpoint(url), &Http::new(timeouts).expect("a client"))
}

fn endpoint(url: &str) -> Endpoint {
    Endpoint::new(url).expect("a URL").with_key(KEY.to_owned().into(), None).expect("a key")
}

fn hello() -> ModelRequest {
    ModelRequest { model: "m".to_owned(), input: vec![Item::user("hi")].into(), ..ModelRequest::default() }
}

async fn ask(model: OpenAi) -> Result<ModelResponse, ModelError> {
    model.respond(hello()).await
}

/// The answer, and each piece of text that was told of on the way.
async fn stream(model: &OpenAi) -> (Result<ModelResponse, ModelError>, Vec<String>) {
    let told = Arc::new(Mutex::new(Vec::new()));
    let heard: OnText = {
        let told = Arc::clone(&told);
        Arc::new(move |text| told.lock().expect("not poisoned").push(text.to_owned()))
    };
    let answer = model.stream(hello(), heard).await;
    let told = told.lock().expect("not poisoned").clone();
    (answer, told)
}

/// What either API makes of the answer `body`.
async fn parsed(make: fn(&str, Timeouts) -> OpenAi, body: &Value) -> Result<ModelResponse, ModelError> {
    let server = Raw::sending(200, &[("content-type", "application/json")], &body.to_string()).await;
    ask(make(&server.url, Timeouts::default())).await
}
