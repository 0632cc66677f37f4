//! Language models: what is asked of one, what it answers, how it fails.

mod conversation;
pub(crate) mod dialect;
mod error;
mod message;
pub mod openai;
mod pace;
mod price;
mod provider;

pub use conversation::Conversation;
pub(crate) use conversation::Digest;
pub(crate) use error::LONGEST_WAIT;
pub use error::{ModelError, ModelErrorClass};
pub use message::{Content, Extra, FunctionCall, FunctionCallOutput, Item, Message, Part};
pub use openai::Timeouts;
pub use price::{Cost, Price, Prices};
pub use provider::{Provider, ProviderError, Providers};

use crate::tool::hosted::Hosted;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{borrow::Cow, collections::BTreeMap, ops::AddAssign, sync::Arc};

/// Answers one request: one call of a model, without retries.
///
/// Retrying is the caller's part (on Temporal, the server's), which is why an implementation tries exactly once
/// and says in its [`ModelError`] whether trying again makes sense.
pub trait Model: Send + Sync + 'static {
    /// Sends `request` and waits for the whole answer.
    fn respond(&self, request: ModelRequest) -> BoxFuture<'_, Result<ModelResponse, ModelError>>;

    /// The same, and tells of the answer's text while the model is still at it: each piece as it comes, none of them empty,
    /// and together the text of the answer's messages. A model that cannot do so, and this is what is meant where nothing
    /// else is written, tells all of it at the end.
    fn stream(&self, request: ModelRequest, heard: OnText) -> BoxFuture<'_, Result<ModelResponse, ModelError>> {
        Box::pin(async move {
            let answer = self.respond(request).await?;
            let text = answer.text();
            if !text.is_empty() {
                heard(&text);
            }
            Ok(answer)
        })
    }
}

/// Whoever is told of an answer's text as it comes; see [`Model::stream`].
pub type OnText = Arc<dyn Fn(&str) + Send + Sync>;

/// Everything a model is asked in one call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelRequest {
    /// The model's name as its provider knows it, without the `provider/` in front.
    pub model: String,
    /// The agent's instructions (the system prompt).
    pub instructions: Option<String>,
    /// The conversation so far.
    pub input: Conversation,
    /// The functions the model may call, in a stable order: tools, then handoffs.
    pub tools: Arc<[ToolDefinition]>,
    /// How many of them, at the end, are handoffs.
    pub handoffs: usize,
    /// The tools that run at the provider; the model is told of them between tools and handoffs.
    pub hosted: Arc<[Hosted]>,
    /// The JSON schema the final answer must have, if it is not plain text.
    pub output: Option<Arc<OutputFormat>>,
    /// Temperature and the like.
    pub settings: ModelSettings,
}

/// A function as the model sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ToolDefinition {
    /// The name the model calls it by.
    pub name: String,
    /// What it does, for the model to choose by.
    pub description: String,
    /// The JSON schema of its arguments.
    pub parameters: Value,
    /// Whether the server must keep the model to that schema.
    pub strict: bool,
}

/// The JSON schema of a structured answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputFormat {
    /// A name for the schema; `final_output` for an agent's output.
    pub name: Cow<'static, str>,
    /// The schema itself, strict.
    pub schema: Value,
}

/// How a model should answer. What is `None` is left to the server's default and not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelSettings {
    /// Sampling temperature, 0 to 2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus sampling, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// The most tokens the model may write in one answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Whether and which tool the model has to call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_choice: Option<ToolChoice>,
    /// Whether the model may ask for several calls at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallel_tool_calls: Option<bool>,
    /// How hard a reasoning model thinks: `minimal`, `low`, `medium`, `high`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Cow<'static, str>>,
    /// What the provider notes about the request, for its users to find it by: at most 16 entries, of 64 and 512 characters,
    /// says OpenAI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// What is put into the body of the request as it is; it wins over the other settings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider_options: Option<Map<String, Value>>,
}

impl ModelSettings {
    /// The same, with what `other` sets in place of its own. Of `provider_options` and `metadata`, each entry by itself.
    pub(crate) fn overlaid(self, other: &Self) -> Self {
        let other = other.clone();
        let provider_options = match (self.provider_options, other.provider_options) {
            (Some(mut own), Some(other)) => {
                own.extend(other);
                Some(own)
            }
            (own, other) => other.or(own),
        };
        let metadata = match (self.metadata, other.metadata) {
            (Some(mut own), Some(other)) => {
                own.extend(other);
                Some(own)
            }
            (own, other) => other.or(own),
        };
        Self {
            temperature: other.temperature.or(self.temperature),
            top_p: other.top_p.or(self.top_p),
            max_tokens: other.max_tokens.or(self.max_tokens),
            tool_choice: other.tool_choice.or(self.tool_choice),
            parallel_tool_calls: other.parallel_tool_calls.or(self.parallel_tool_calls),
            reasoning: other.reasoning.or(self.reasoning),
            metadata,
            provider_options,
        }
    }
}

/// Whether and which tool the model has to call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// It must call at least one tool.
    Required,
    /// It must call none.
    None,
    /// It must call this one.
    Function(Cow<'static, str>),
    /// It must use this one of the provider's, by its type, such as `web_search`.
    Hosted(Cow<'static, str>),
}

/// A model's whole answer to one request.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelResponse {
    /// The server's id of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the model wrote, in order.
    pub items: Vec<Item>,
    /// The tokens it took.
    #[serde(default)]
    pub usage: Usage,
    /// What it has cost, where the price is known. It is reckoned where the call is made and recorded with the answer, so
    /// that prices may change while a run is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Cost>,
    /// What of its calls it was offered. It is looked up where the call is made and recorded with the answer, so that tools
    /// may come and go while a run is under way; a [`Model`] leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<Offered>,
}

/// The functions that a model has called, as far as its request offered them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Offered {
    /// Those that were tools.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// Those that were handoffs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub handoffs: Vec<String>,
}

impl ModelResponse {
    /// Notes what of its calls was offered, if it has called anything.
    pub(crate) fn note_offered(&mut self, tools: &[ToolDefinition], handoffs: usize) {
        let (tools, handoffs) = tools.split_at(tools.len().saturating_sub(handoffs));
        let mut offered = Offered::default();
        let mut has_called = false;
        for item in &self.items {
            let Item::FunctionCall(FunctionCall { name, .. }) = item else { continue };
            has_called = true;
            // A handoff wins over a tool of the same name.
            let has = |functions: &[ToolDefinition]| functions.iter().any(|function| function.name == *name);
            let into = if has(handoffs) { &mut offered.handoffs } else { &mut offered.tools };
            if (has(handoffs) || has(tools)) && !into.contains(name) {
                into.push(name.clone());
            }
        }
        self.offered = has_called.then_some(offered);
    }

    /// What it says: the text of its messages.
    #[must_use]
    pub fn text(&self) -> String {
        let messages = self.items.iter().filter_map(|item| match item {
            Item::Message(message) => Some(message.text()),
            _ => None,
        });
        messages.collect()
    }
}

/// Tokens spent, and in how many calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct Usage {
    /// Successful model calls.
    #[serde(skip_serializing_if = "is_zero")]
    pub requests: u64,
    /// Tokens read by the model, cached ones included.
    #[serde(skip_serializing_if = "is_zero")]
    pub input_tokens: u64,
    /// Tokens read from the provider's prompt cache.
    #[serde(skip_serializing_if = "is_zero")]
    pub cached_tokens: u64,
    /// Tokens written by the model, reasoning included.
    #[serde(skip_serializing_if = "is_zero")]
    pub output_tokens: u64,
    /// Tokens spent on reasoning.
    #[serde(skip_serializing_if = "is_zero")]
    pub reasoning_tokens: u64,
    /// What it has cost, as far as the [prices](crate::App::prices) are known.
    #[serde(skip_serializing_if = "Cost::is_nothing")]
    pub cost: Cost,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(tokens: &u64) -> bool {
    *tokens == 0
}

impl Usage {
    /// Tokens read and written.
    #[must_use]
    pub fn total_tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

impl AddAssign for Usage {
    // A server that reports nonsense must not overflow its way into a panic.
    fn add_assign(&mut self, other: Self) {
        self.requests = self.requests.saturating_add(other.requests);
        self.input_tokens = self.input_tokens.saturating_add(other.input_tokens);
        self.cached_tokens = self.cached_tokens.saturating_add(other.cached_tokens);
        self.output_tokens = self.output_tokens.saturating_add(other.output_tokens);
        self.reasoning_tokens = self.reasoning_tokens.saturating_add(other.reasoning_tokens);
        self.cost += other.cost;
    }
}
