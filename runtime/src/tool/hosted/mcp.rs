//! Calling the tools of an MCP server, from the provider.

use super::{Hosted, HostedTool, hosted, hosted_by_call, texts};
use crate::{
    model::Item,
    tool::{AnyTool, DynamicTool, Tool, ToolDef},
};
use serde_json::{Map, Value, json};
use std::{fmt, sync::Arc};

/// Lets the model call the tools of an MCP server, which the provider connects to.
///
/// The API asks for approval of every call unless it is told [`never_ask`](Self::never_ask). Such a call waits for a
/// decision like one of a tool with `#[tool(approval)]`; the tool's name is then that of the server and its own, as in
/// `docs.search`. [`allowed_tools`](Self::allowed_tools) says what may be called at all.
///
/// ```
/// use steadfast::{agent, tool::hosted::HostedMcp};
///
/// #[agent(
///     model = "gpt-5.6-luna",
///     tools = [
///         HostedMcp::new("docs", "https://mcp.example.org/mcp").allowed_tools(["search"]).never_ask(),
///         HostedMcp::connector("calendar", "connector_googlecalendar")
///             .authorization(std::env::var("CALENDAR_TOKEN").unwrap_or_default())
///             .never_ask(),
///     ],
/// )]
/// struct Secretary;
/// ```
#[derive(Clone)]
pub struct HostedMcp {
    options: Map<String, Value>,
}

impl fmt::Debug for HostedMcp {
    // All but the label may hold a key: the authorization, the headers, even the URL.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = self.options.get("server_label").and_then(Value::as_str);
        f.debug_struct("HostedMcp").field("label", &label.unwrap_or_default()).finish_non_exhaustive()
    }
}

hosted!(HostedMcp, "mcp");
hosted_by_call!(HostedMcp, "an MCP server has a label and a URL; write `HostedMcp::new(\"docs\", \"https://..\")`");

impl HostedMcp {
    /// The server at `url`, which the model is told of as `label`.
    #[must_use]
    pub fn new(label: impl Into<String>, url: impl Into<String>) -> Self {
        Self::labelled(label.into()).option("server_url", url.into())
    }

    /// A service that the provider connects to by itself, such as `connector_gmail`, which the model is told of as
    /// `label`.
    #[must_use]
    pub fn connector(label: impl Into<String>, id: impl Into<String>) -> Self {
        Self::labelled(label.into()).option("connector_id", id.into())
    }

    fn labelled(label: String) -> Self {
        Self { options: Map::new() }.option("server_label", label)
    }

    /// What the server is good for, for the model to choose by.
    #[must_use]
    pub fn description(self, description: impl Into<String>) -> Self {
        self.option("server_description", description.into())
    }

    /// The OAuth token that the provider shows to the server. It is not shown by `Debug`, and becomes no part of a
    /// workflow's history.
    #[must_use]
    pub fn authorization(self, token: impl Into<String>) -> Self {
        self.option("authorization", token.into())
    }

    /// Headers that the provider sends to the server; they are no more shown than a token.
    #[must_use]
    pub fn headers<K: Into<String>, V: Into<String>>(self, headers: impl IntoIterator<Item = (K, V)>) -> Self {
        let headers = headers.into_iter().map(|(name, value)| (name.into(), Value::String(value.into())));
        self.option("headers", headers.collect::<Map<String, Value>>())
    }

    /// Lets the model call only these of the server's tools.
    #[must_use]
    pub fn allowed_tools<T: Into<String>>(self, names: impl IntoIterator<Item = T>) -> Self {
        self.option("allowed_tools", texts(names))
    }

    /// Lets the model call without approval.
    #[must_use]
    pub fn never_ask(self) -> Self {
        self.option("require_approval", "never")
    }

    /// Has each call wait for approval.
    #[must_use]
    pub fn always_ask(self) -> Self {
        self.option("require_approval", "always")
    }
}

/// A server's tool that the model wants called, and the provider asks about first.
#[derive(Debug)]
pub(crate) struct McpRequest {
    id: String,
    /// Stands for the server's tool.
    pub(crate) tool: AnyTool,
    pub(crate) arguments: Map<String, Value>,
}

impl McpRequest {
    /// The request that an item is, if it is one.
    pub(crate) fn of(item: &Item) -> Option<Self> {
        let Item::Other(item) = item else { return None };
        let field = |name: &str| item.get(name).and_then(Value::as_str);
        if field("type") != Some("mcp_approval_request") {
            return None;
        }
        let name = format!("{}.{}", field("server_label").unwrap_or("mcp"), field("name")?);
        let arguments = match item.get("arguments") {
            // What is no object is shown as it is: somebody is to decide about the very call.
            Some(Value::String(text)) => serde_json::from_str(text)
                .unwrap_or_else(|_| [("arguments".to_owned(), text.as_str().into())].into_iter().collect()),
            Some(Value::Object(arguments)) => arguments.clone(),
            _ => Map::new(),
        };
        let tool = AnyTool::Dynamic(Arc::new(DynamicTool::at_provider(name)));
        Some(Self { id: field("id")?.to_owned(), tool, arguments })
    }

    /// By what its decision is known.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What the provider is told: that it may call, or else why not.
    pub(crate) fn answered(id: &str, refused: Option<&Value>) -> Item {
        let mut answer =
            json!({"type": "mcp_approval_response", "approval_request_id": id, "approve": refused.is_none()});
        if let Some(reason) = refused {
            answer["reason"] = reason.clone();
        }
        Item::Other(answer)
    }
}
