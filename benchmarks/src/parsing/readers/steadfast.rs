//! Our client, as an agent has it: found by the model's name, and asked for items.

use super::Reads;
use crate::{
    Result,
    parsing::case::{Api, Case},
};
use futures::future::LocalBoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use steadfast::model::{Item, Model, ModelRequest, Provider, Providers};

pub(super) struct Client {
    model: Arc<dyn Model>,
    request: ModelRequest,
    is_streamed: bool,
}

impl Client {
    pub(super) fn at(url: &str, case: Case) -> Result<Self> {
        let provider = match case.api {
            Api::Responses => Provider::responses(url),
            Api::Chat => Provider::chat_completions(url),
        };
        let mut providers = Providers::default();
        providers.add("prepared", provider.api_key("prepared"));
        let (model, name) = providers.resolve(&format!("prepared/{case}"))?;
        let request = ModelRequest { model: name, input: vec![Item::user("Go")].into(), ..ModelRequest::default() };
        Ok(Self { model, request, is_streamed: case.is_streamed() })
    }

    async fn answer(&self) -> Result<usize> {
        let request = self.request.clone();
        if !self.is_streamed {
            return Ok(said(&self.model.respond(request).await?.items));
        }
        let heard: Arc<Mutex<String>> = Arc::default();
        let told = Arc::clone(&heard);
        let on_text = move |text: &str| told.lock().unwrap_or_else(PoisonError::into_inner).push_str(text);
        let answer = self.model.stream(request, Arc::new(on_text)).await?;
        let heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        // Of a call nothing is told before it is whole.
        Ok(if heard.is_empty() { said(&answer.items) } else { heard.len() })
    }
}

fn said(items: &[Item]) -> usize {
    let lengths = items.iter().map(|item| match item {
        Item::Message(message) => message.text().len(),
        Item::FunctionCall(call) => call.arguments.len(),
        _ => 0,
    });
    lengths.sum()
}

impl Reads for Client {
    fn read(&self) -> LocalBoxFuture<'_, Result<usize>> {
        Box::pin(self.answer())
    }
}
