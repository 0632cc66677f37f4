//! As much of the Responses API as a loop written by hand needs, for the two floors.

use super::Plan;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::LazyLock;

const INSTRUCTIONS: &str = "You read all the pages you are asked to read, one after the other.";

static TOOLS: LazyLock<Value> = LazyLock::new(|| {
    json!([{
        "type": "function",
        "name": "fetch",
        "description": "Fetches a page.",
        "strict": true,
        "parameters": {
            "type": "object",
            "properties": {
                "page": {"type": "integer", "description": "Which page."},
                "bytes": {"type": "integer", "description": "How long it is."},
            },
            "required": ["page", "bytes"],
            "additionalProperties": false,
        },
    }])
});

/// A piece of a conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(super) enum Item {
    Message { role: String, content: Value },
    FunctionCall { call_id: String, name: String, arguments: String },
    FunctionCallOutput { call_id: String, output: String },
}

/// What the model wants `fetch` to be called with.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Page {
    page: u32,
    bytes: u32,
}

/// What the model wants.
pub(super) enum Wish {
    Fetch { call_id: String, page: Page },
    Say(String),
}

#[derive(Serialize)]
struct Request<'a> {
    model: &'a str,
    instructions: &'a str,
    input: &'a [Item],
    tools: &'a Value,
}

#[derive(Deserialize)]
struct Answer {
    output: Vec<Item>,
}

/// A client of the model.
pub(super) struct Model {
    http: reqwest::Client,
    url: String,
}

impl Model {
    pub(super) fn at(base_url: &str) -> Self {
        // The workspace builds its HTTP client without a cryptography library of its own choice, and a client asks for
        // one even if nothing it sends is encrypted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { http: reqwest::Client::new(), url: format!("{base_url}/responses") }
    }

    pub(super) async fn answer(&self, input: &[Item]) -> reqwest::Result<Vec<Item>> {
        let request = Request { model: "scripted", instructions: INSTRUCTIONS, input, tools: &TOOLS };
        let response = self.http.post(&self.url).bearer_auth("scripted").json(&request).send().await?;
        let answer: Answer = response.error_for_status()?.json().await?;
        Ok(answer.output)
    }
}

impl Item {
    /// How the conversation begins.
    pub(super) fn prompt(plan: Plan) -> Self {
        Self::Message { role: "user".to_owned(), content: plan.prompt().into() }
    }

    /// A tool's answer.
    pub(super) fn output(call_id: String, output: String) -> Self {
        Self::FunctionCallOutput { call_id, output }
    }

    /// What the model wants with this item, if anything.
    pub(super) fn wish(&self) -> serde_json::Result<Option<Wish>> {
        Ok(match self {
            Self::Message { content, .. } => {
                let text = content.pointer("/0/text").and_then(Value::as_str).unwrap_or_default();
                Some(Wish::Say(text.to_owned()))
            }
            Self::FunctionCall { call_id, arguments, .. } => {
                Some(Wish::Fetch { call_id: call_id.clone(), page: serde_json::from_str(arguments)? })
            }
            Self::FunctionCallOutput { .. } => None,
        })
    }
}

impl Page {
    pub(super) fn text(self) -> String {
        super::page(self.page, self.bytes)
    }
}
