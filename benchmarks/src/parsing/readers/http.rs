//! Nobody's client: the same request, and a body that is read and thrown away.

use super::Reads;
use crate::{
    Result,
    parsing::case::{Api, Case},
};
use futures::future::LocalBoxFuture;
use serde_json::{Value, json};

pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    request: Value,
}

impl Client {
    pub(super) fn at(url: &str, case: Case) -> Self {
        let path = match case.api {
            Api::Responses => "responses",
            Api::Chat => "chat/completions",
        };
        let request = json!({"model": case.to_string(), "input": "Go", "stream": case.is_streamed()});
        Self { http: reqwest::Client::new(), url: format!("{url}/{path}"), request }
    }

    async fn answer(&self) -> Result<usize> {
        let mut response = self.http.post(&self.url).bearer_auth("prepared").json(&self.request).send().await?;
        let mut length = 0;
        while let Some(piece) = response.chunk().await? {
            length += piece.len();
        }
        Ok(length)
    }
}

impl Reads for Client {
    fn read(&self) -> LocalBoxFuture<'_, Result<usize>> {
        Box::pin(self.answer())
    }
}
