//! Tools that are made while the program runs: from a name, a schema and a closure.

use super::{
    LONGEST_NAME, NeedsApproval, Told, ToolContext, ToolError, ToolOptions, ToolResult,
    outcome::fallible,
    rules::Known,
    schema::{SchemaError, strict},
};
use crate::model::ToolDefinition;
use futures::future::BoxFuture;
use serde_json::{Map, Value};
use std::{fmt, future::Future, sync::OnceLock, time::Duration};

/// What runs a [`DynamicTool`].
pub(super) type Function =
    dyn Fn(Map<String, Value>, ToolContext) -> BoxFuture<'static, Result<Value, ToolError>> + Send + Sync;

/// A tool made while the program runs, for what is not known when it is compiled: the operations of a service that
/// describes itself, functions that customers define.
///
/// It is registered with the app, and agents that are made of data ([`DynamicAgent`](crate::DynamicAgent)) list it by its
/// name. Like any tool's, each call of it is an activity. Wherever the function is known when the program is compiled,
/// [`#[tool]`](macro@crate::tool) is better: it needs no schema, and its mistakes are found earlier.
///
/// ```
/// use serde_json::json;
/// use steadfast::{prelude::*, tool::DynamicTool};
///
/// let prices = std::collections::BTreeMap::from([("tea", 3), ("cake", 5)]);
/// let schema = json!({
///     "type": "object",
///     "properties": {"article": {"type": "string", "enum": prices.keys().collect::<Vec<_>>()}},
/// });
/// let price = DynamicTool::new("price", schema, move |arguments, _| {
///     let price = arguments["article"].as_str().and_then(|article| prices.get(article)).copied();
///     async move { price.ok_or_else(|| ToolError::new("nobody sells that")) }
/// })
/// .description("What an article costs, in euros.");
///
/// let app = App::new("shop").dynamic_tool(price);
/// assert_eq!(app.schemas()?["price"]["parameters"]["required"], json!(["article"]));
/// # Ok::<(), steadfast::StartupError>(())
/// ```
pub struct DynamicTool {
    pub(super) name: String,
    description: String,
    pub(super) parameters: Value,
    pub(super) options: ToolOptions,
    pub(super) function: Box<Function>,
    /// What checks the arguments, made when it is first needed.
    pub(super) validator: OnceLock<Known>,
    /// Whether it stands for one that the model's provider will call, and is only decided about here.
    pub(super) at_provider: bool,
    /// Whether it stands for one that this code has no more.
    pub(super) is_gone: bool,
}

impl DynamicTool {
    /// A tool of this name, whose arguments are an object of this JSON schema; `function` runs it.
    ///
    /// Models are held to the schema as strict mode has it, in which all properties have to be given and no others may;
    /// [`strict`](Self::strict) is the way out. Whatever breaks the schema is told to the model, and does not reach the
    /// function.
    ///
    /// A name is 1 to 64 ASCII letters, digits, `_` or `-`. Whether it is one, and whether the schema can be used, is
    /// checked when a worker of the app starts.
    pub fn new<F, Ran, T, E>(name: impl Into<String>, parameters: Value, function: F) -> Self
    where
        F: Fn(Map<String, Value>, ToolContext) -> Ran + Send + Sync + 'static,
        Ran: Future<Output = Result<T, E>> + Send + 'static,
        T: ToolResult,
        E: Told,
    {
        let function = move |arguments, context| -> BoxFuture<'static, _> {
            let ran = function(arguments, context);
            Box::pin(async move { fallible(ran.await) })
        };
        Self {
            name: name.into(),
            description: String::new(),
            parameters,
            options: ToolOptions::DEFAULT,
            function: Box::new(function),
            validator: OnceLock::new(),
            at_provider: false,
            is_gone: false,
        }
    }

    /// What stands for a tool that the model's provider will call, if somebody approves it.
    pub(super) fn at_provider(name: String) -> Self {
        let never = |_, _| std::future::ready(Err::<Value, _>(ToolError::new("it runs at the model's provider")));
        let mut tool = Self::new(name, Value::Null, never);
        tool.options = ToolOptions { strict: false, approval: Some(NeedsApproval::default()), ..ToolOptions::DEFAULT };
        tool.at_provider = true;
        tool
    }

    /// What stands for a tool that a model was offered by other code than this.
    pub(super) fn gone(name: String) -> Self {
        let never = |_, _| std::future::ready(Err::<Value, _>(ToolError::new("it is there no more")));
        let mut tool = Self::new(name, Value::Null, never);
        tool.options.strict = false;
        tool.is_gone = true;
        tool
    }

    /// Says what the tool does, for the model to choose by.
    #[must_use]
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Sets the longest that one attempt may take; five minutes by default.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = timeout;
        self
    }

    /// Sets how often it is tried again after it failed; never by default.
    #[must_use]
    pub fn retries(mut self, retries: u32) -> Self {
        self.options.retries = retries;
        self
    }

    /// Sets whether models are held to the schema, which then has to be one that strict mode can express. They are by
    /// default; a tool that is not strict is sent with its schema as it is.
    #[must_use]
    pub fn strict(mut self, strict: bool) -> Self {
        self.options.strict = strict;
        self
    }

    /// Sets how it is run: all that `#[tool]` has options for, but `inline`. What was set before is gone.
    #[must_use]
    pub fn options(mut self, options: ToolOptions) -> Self {
        self.options = options;
        self
    }

    /// What no worker could do with it, a sentence each.
    pub(crate) fn mistakes(&self) -> Vec<String> {
        let Self { name, parameters, options, .. } = self;
        let mut found = Vec::new();
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if !(1..=LONGEST_NAME).contains(&name.len()) || !name.chars().all(is_name) {
            found.push(format!(
                "`{name}` is no name for a tool; use 1 to {LONGEST_NAME} ASCII letters, digits, `_` or `-`"
            ));
        }
        let is_object = parameters.get("type").is_none_or(|kind| kind == "object");
        if !parameters.is_object() || !is_object {
            found.push(format!("the arguments of tool `{name}` are an object, so its schema has to be that of one"));
        }
        if options.inline {
            found
                .push(format!("tool `{name}` was made at run time, so it cannot be `inline`: no replay would know it"));
        }
        found
    }

    pub(super) fn definition(&self) -> Result<ToolDefinition, SchemaError> {
        let strict = self.options.strict;
        let parameters = if strict { strict::make(self.parameters.clone())? } else { self.parameters.clone() };
        let (name, description) = (self.name.clone(), self.description.clone());
        Ok(ToolDefinition { name, description, parameters, strict })
    }
}

impl fmt::Debug for DynamicTool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicTool").field("name", &self.name).finish_non_exhaustive()
    }
}
