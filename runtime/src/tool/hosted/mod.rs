//! Tools that run at the model's provider: searching the web or files, running code, drawing, calling MCP servers.
//!
//! An agent lists them among its own tools. Nothing of them runs here: the provider does the work while the model
//! answers, and what it did comes back as items of the conversation, which are kept as they are.
//!
//! ```
//! use steadfast::{prelude::*, tool::hosted::{FileSearch, WebSearch}};
//!
//! /// Current weather in a city.
//! #[tool]
//! fn weather(city: String) -> String {
//!     format!("clear over {city}")
//! }
//!
//! #[agent(model = "gpt-5.6-luna", tools = [weather, WebSearch, FileSearch::new(["vs_1"]).max_results(5)])]
//! struct Researcher;
//! ```
//!
//! Those that need nothing can be listed by name; `WebSearch` is the same as `WebSearch::new()`. The others are
//! expressions, which are evaluated once in each app, when the agent's first request is made: what they hold, such as
//! the token of [`HostedMcp`], becomes no part of a workflow's history.
//!
//! Only the Responses API has hosted tools. An agent whose provider speaks Chat Completions is refused when the app
//! starts, or else when it calls its model. They have no `effects`, so no grant is asked for them.

mod file_search;
mod mcp;
#[cfg(test)]
mod tests;
mod web_search;
mod work;

pub use file_search::FileSearch;
pub use mcp::HostedMcp;
pub(crate) use mcp::McpRequest;
pub use web_search::{ContextSize, WebSearch};
pub use work::{Background, CodeInterpreter, ImageFormat, ImageGeneration, Quality};

use serde::Serialize;
use serde_json::{Map, Value};
use std::fmt;

/// A tool that runs at the model's provider, as it stands in a request.
///
/// The types of this module turn into it. For a tool that this crate has no type for, implement [`HostedTool`].
#[derive(Clone, PartialEq, Serialize)]
pub struct Hosted {
    /// Its type in the API, such as `web_search`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// Everything else that is said about it.
    #[serde(flatten)]
    pub options: Map<String, Value>,
}

impl fmt::Debug for Hosted {
    // The options may hold keys and tokens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hosted").field("kind", &self.kind).finish_non_exhaustive()
    }
}

/// What can be listed in `tools` as an expression: a tool that runs at the model's provider.
///
/// A tool of the provider's that this crate does not know is a type of your own:
///
/// ```
/// use steadfast::{agent, tool::hosted::{Hosted, HostedTool}};
///
/// struct Shell;
///
/// impl HostedTool for Shell {
///     const KIND: &'static str = "shell";
/// }
///
/// impl From<Shell> for Hosted {
///     fn from(_: Shell) -> Self {
///         let options = [("environment".to_owned(), serde_json::json!({"type": "container_auto"}))];
///         Self { kind: Shell::KIND, options: options.into_iter().collect() }
///     }
/// }
///
/// impl Shell {
///     fn new() -> Self {
///         Self
///     }
/// }
///
/// #[agent(model = "gpt-5.6-luna", tools = [Shell::new()])]
/// struct Operator;
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a hosted tool",
    label = "makes no hosted tool",
    note = "of a function with `#[tool]`, write the name alone, as in `tools = [weather]`"
)]
pub trait HostedTool: Into<Hosted> {
    /// Its type in the API, such as `web_search`.
    const KIND: &'static str;
}

/// What is common to the builders: their JSON, and its way into a request.
macro_rules! hosted {
    ($tool:ident, $kind:literal) => {
        impl HostedTool for $tool {
            const KIND: &'static str = $kind;
        }

        impl From<$tool> for Hosted {
            fn from(tool: $tool) -> Self {
                Self { kind: $tool::KIND, options: tool.options }
            }
        }

        impl $tool {
            /// Says something about the tool that there is no method for, as the API's reference has it.
            ///
            /// It takes the place of what was said under this key before.
            #[must_use]
            pub fn option(mut self, key: impl Into<String>, value: impl Into<Value>) -> Self {
                self.options.insert(key.into(), value.into());
                self
            }
        }
    };
}

/// What is common to those that need no argument: they can be listed by name.
macro_rules! hosted_by_name {
    ($tool:ident) => {
        impl Default for $tool {
            fn default() -> Self {
                Self::new()
            }
        }

        impl Tool for $tool {
            const DEF: &'static ToolDef = panic!(
                "this tool runs at the model's provider, so there is no function to call and no output to end with; \
                 an agent lists it in `tools`"
            );
            const DEFS: &'static [&'static ToolDef] = &[];
            const HOSTED: &'static [fn() -> Hosted] = &[|| Self::new().into()];
            const CHOICE: ToolChoice = ToolChoice::Hosted(Cow::Borrowed(Self::KIND));
        }
    };
}

/// What is common to those that need an argument: listed by name, they say so.
macro_rules! hosted_by_call {
    ($tool:ident, $message:literal) => {
        impl Tool for $tool {
            const DEF: &'static ToolDef = panic!($message);
            const DEFS: &'static [&'static ToolDef] = &[];
            const HOSTED: &'static [fn() -> Hosted] = panic!($message);
        }
    };
}

use {hosted, hosted_by_call, hosted_by_name};

/// A list of texts.
fn texts<T: Into<String>>(list: impl IntoIterator<Item = T>) -> Value {
    list.into_iter().map(Into::into).collect::<Vec<String>>().into()
}

/// Sets `options[object][key]`; the object is made as `new` has it if there is none.
fn set_in(options: &mut Map<String, Value>, object: &str, new: Value, key: &str, value: Value) {
    let inner = options.entry(object).or_insert_with(|| new.clone());
    // What is no object was put there by `option`, or by a setting that this one takes the place of.
    if !inner.is_object() {
        *inner = new;
    }
    inner[key] = value;
}
