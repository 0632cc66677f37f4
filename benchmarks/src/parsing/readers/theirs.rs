//! async-openai as its documentation shows it: its own requests, its own strict types, its own streams.

use super::Reads;
use crate::{
    Result,
    parsing::case::{Api, Case},
};
use async_openai::{
    Client as OpenAi,
    config::OpenAIConfig,
    types::{
        chat::{ChatCompletionRequestUserMessageArgs, CreateChatCompletionRequest, CreateChatCompletionRequestArgs},
        responses::{CreateResponse, CreateResponseArgs, ResponseStreamEvent},
    },
};
use futures::{StreamExt, future::LocalBoxFuture};

pub(super) struct Client {
    openai: OpenAi<OpenAIConfig>,
    case: Case,
}

impl Client {
    pub(super) fn at(url: &str, case: Case) -> Self {
        let config = OpenAIConfig::new().with_api_base(url).with_api_key("prepared");
        Self { openai: OpenAi::with_config(config), case }
    }

    fn response(&self) -> Result<CreateResponse> {
        let mut request = CreateResponseArgs::default();
        // Because of `byot`, which the workspace has it built with, this is not set for us.
        Ok(request.model(self.case.to_string()).input("Go").stream(self.case.is_streamed()).build()?)
    }

    fn completion(&self) -> Result<CreateChatCompletionRequest> {
        let message = ChatCompletionRequestUserMessageArgs::default().content("Go").build()?;
        let mut request = CreateChatCompletionRequestArgs::default();
        request.model(self.case.to_string()).messages([message.into()]).stream(self.case.is_streamed());
        Ok(request.build()?)
    }

    async fn streamed_response(&self) -> Result<String> {
        let mut events = self.openai.responses().create_stream(self.response()?).await?;
        let mut said = String::new();
        while let Some(event) = events.next().await {
            match event? {
                ResponseStreamEvent::ResponseOutputTextDelta(text) => said.push_str(&text.delta),
                ResponseStreamEvent::ResponseFunctionCallArgumentsDelta(piece) => said.push_str(&piece.delta),
                _ => {}
            }
        }
        Ok(said)
    }

    async fn streamed_completion(&self) -> Result<String> {
        let mut chunks = self.openai.chat().create_stream(self.completion()?).await?;
        let mut said = String::new();
        while let Some(chunk) = chunks.next().await {
            for choice in chunk?.choices {
                said.push_str(choice.delta.content.as_deref().unwrap_or_default());
                let calls = choice.delta.tool_calls.into_iter().flatten();
                calls.filter_map(|call| call.function?.arguments).for_each(|piece| said.push_str(&piece));
            }
        }
        Ok(said)
    }

    async fn answer(&self) -> Result<usize> {
        let said = match (self.case.api, self.case.is_streamed()) {
            (Api::Responses, true) => self.streamed_response().await?,
            (Api::Chat, true) => self.streamed_completion().await?,
            (Api::Responses, false) => {
                self.openai.responses().create(self.response()?).await?.output_text().unwrap_or_default()
            }
            (Api::Chat, false) => {
                let answer = self.openai.chat().create(self.completion()?).await?;
                answer.choices.into_iter().filter_map(|choice| choice.message.content).collect()
            }
        };
        Ok(said.len())
    }
}

impl Reads for Client {
    fn read(&self) -> LocalBoxFuture<'_, Result<usize>> {
        Box::pin(self.answer())
    }
}
