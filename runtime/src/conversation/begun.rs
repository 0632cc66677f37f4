//! What an agent's workflow is started with: the agent's fields, what it is asked, and how.

use super::talk::Holding;
use crate::{
    agent::{Agent, AnyAgent, Input, Options, SentOptions},
    tool::{Invocation, Mistakes, Runs, StateMap, Tool, ToolContext, ToolDef},
};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What is ours among the fields of an input.
pub(crate) const OPTIONS: &str = "steadfast";
/// Whether it is a conversation, and of what kind.
pub(crate) const CONVERSATION: &str = "conversation";
/// Whether it results in the whole run, and not in its output alone.
pub(crate) const WHOLE: &str = "whole";

/// An agent that can be started as a workflow: its fields travel as JSON. `#[agent]` makes it so.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be started as a workflow",
    label = "its fields have to travel as JSON",
    note = "derive `Serialize`, `Deserialize` and `JsonSchema` for the types of its fields; a generic agent cannot be \
            started, nor one with a field `input`"
)]
pub trait Startable: Agent + Tool {
    /// Its fields, by name.
    fn fields(&self) -> Map<String, Value>;
}

/// An input that no run can be begun with.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct InvalidInput(pub(crate) String);

/// A run or a conversation that is to begin.
pub(super) struct Begun {
    pub(super) agent: Arc<dyn AnyAgent>,
    pub(super) input: Input,
    pub(super) options: Options,
    pub(super) conversation: Option<Holding>,
    pub(super) whole: bool,
}

/// What is ours in an input.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ours {
    #[serde(default)]
    conversation: Option<Holding>,
    #[serde(default)]
    whole: bool,
    #[serde(default)]
    run: SentOptions,
}

impl Begun {
    /// Reads the input of a workflow that goes by the name of this agent.
    pub(super) fn read(name: &str, def: Option<&'static ToolDef>, input: Value) -> Result<Self, InvalidInput> {
        let invalid = |why: String| InvalidInput(format!("agent `{name}` cannot be started with this input: {why}"));
        let Some(ToolDef { run: Runs::Agent(agent), .. }) = def else {
            return Err(InvalidInput(format!("this worker has no agent `{name}`; add it with `.agent::<..>()`")));
        };
        let def = def.unwrap_or_else(|| unreachable!("it was just looked at"));
        let mut arguments = match input {
            Value::Object(arguments) => arguments,
            // So that who starts it by hand need write no more than what to ask.
            asked @ (Value::String(_) | Value::Array(_)) => Map::from_iter([("input".to_owned(), asked)]),
            Value::Null => Map::new(),
            other => return Err(invalid(format!("expected a text or an object, found {other}"))),
        };
        let ours = arguments.remove(OPTIONS).map(serde_json::from_value::<Ours>).transpose();
        let ours = ours.map_err(|error| invalid(format!("`{OPTIONS}`: {error}")))?.unwrap_or_default();
        let asked = arguments.get("input").cloned();
        // What it is asked may be more than a text, which is all that a model could write.
        if !matches!(asked, Some(Value::String(_))) {
            arguments.insert("input".to_owned(), Value::String(String::new()));
        }
        let is_conversation = ours.conversation.is_some();
        let asks = asked.as_ref().is_some_and(|asked| !asked.is_null());
        if is_conversation && (asks || ours.run != SentOptions::default()) {
            let why = "a conversation begins with nothing, and is asked by `send`; leave out `input` and `run`";
            return Err(invalid(why.to_owned()));
        }
        let asked = match asked {
            None | Some(Value::Null) if is_conversation => Input::default(),
            None | Some(Value::Null) => return Err(invalid("it is asked nothing; write `input`".to_owned())),
            Some(Value::String(text)) => Input::from(text),
            Some(items) => Input::from(
                serde_json::from_value::<Vec<crate::model::Item>>(items)
                    .map_err(|error| invalid(format!("`input` is no text and no list of items: {error}")))?,
            ),
        };
        let context = ToolContext::default();
        let mistakes = Mistakes::default();
        let mut invocation = Invocation { def, arguments, context, states: StateMap::default(), mistakes };
        let made = (agent.make)(&mut invocation);
        invocation.mistakes.finish().map_err(|error| invalid(error.to_string()))?;
        let made = made.ok_or_else(|| invalid("its fields cannot be read".to_owned()))?;
        Ok(Self {
            agent: made.0,
            input: asked,
            options: Options::from(ours.run),
            conversation: ours.conversation,
            whole: ours.whole,
        })
    }
}
