//! Calling the tools of an MCP server, from the provider.

use super::{Hosted, HostedTool, hosted, hosted_by_call, texts};
use crate::tool::{Tool, ToolDef};
use serde_json::{Map, Value};
use std::fmt;

/// Lets the model call the tools of an MCP server, which the provider connects to.
///
/// The API asks for approval of every call unless it is told [`never_ask`](Self::never_ask). Requests for approval are
/// kept in the conversation, and no run answers them yet: with a server that has to ask, the model cannot get on. So
/// say `never_ask`, and use [`allowed_tools`](Self::allowed_tools) for what may then be called.
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

    /// Has each call wait for approval, which no run can give yet.
    #[must_use]
    pub fn always_ask(self) -> Self {
        self.option("require_approval", "always")
    }
}
