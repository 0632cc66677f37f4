//! Agents made of data, for those who keep agents in a database.

use super::{
    Handoff,
    any::{AnySpec, DynamicSpec},
    handoff::Target,
    request::NOT_AN_OPTION,
    spec::AnyAgent,
    step::Answer,
};
use crate::{
    model::ModelSettings,
    tool::{AnyTool, LONGEST_NAME, Registered},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::sync::Arc;

/// An agent made of data while the program runs: read from a database, sent with a request.
///
/// It is plain data, so it can be a workflow's input or a part of it; that makes a run of it as durable as any. Its tools
/// are a choice among those that the app has, by their names.
///
/// ```
/// # #[cfg(feature = "testing")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use steadfast::{DynamicAgent, prelude::*, testing::ScriptedModel};
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// #[workflow]
/// async fn answer((agent, question): (DynamicAgent, String)) -> Result<String> {
///     Ok(agent.run(question).await?.output)
/// }
///
/// let agent: DynamicAgent = steadfast::serde_json::from_str(
///     r#"{"name": "Calculator", "model": "any", "instructions": "You are brief.", "tools": ["add"]}"#,
/// )?;
///
/// let model = ScriptedModel::new().call("add", serde_json::json!({"a": 2, "b": 3})).says("It is 5.").start().await?;
/// let app = App::new("answers").workflow(answer).tool::<add>().provider("openai", model.provider());
/// assert_eq!(app.inline(answer((agent, "What is 2 + 3?".into()))).await?, "It is 5.");
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
///
/// What is wrong with one ends a run before its first turn, as [`InvalidAgent`](crate::RunErrorKind::InvalidAgent):
/// [`run`](Self::run) has the rules. Where an agent is known when the program is compiled,
/// [`#[agent]`](macro@crate::agent) finds all of that earlier.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DynamicAgent {
    /// Its name.
    pub name: String,
    /// The model, perhaps with a provider: `gpt-5.6-luna`, `ollama/llama3.2`.
    pub model: String,
    /// What it is good for; other agents' models choose it by this.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its instructions, as they are: a brace is a brace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instructions: Option<String>,
    /// The names of its tools, in the order the model sees them. The app has to have each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<String>,
    /// The agents that it may hand over to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handoffs: Vec<DynamicAgent>,
    /// What its tools may do to the world: it needs all the `effects` of all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<String>,
    /// Temperature and the like.
    #[serde(default, skip_serializing_if = "is_default")]
    pub settings: ModelSettings,
    /// The most model calls of a run that starts with it; 10 by default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<u32>,
}

fn is_default(settings: &ModelSettings) -> bool {
    *settings == ModelSettings::default()
}

impl DynamicAgent {
    /// An agent of this name and model, with no instructions and no tools. Its fields say the rest.
    #[must_use]
    pub fn new(name: impl Into<String>, model: impl Into<String>) -> Self {
        Self { name: name.into(), model: model.into(), ..Self::default() }
    }

    /// Sets its instructions.
    #[must_use]
    pub fn instructions(mut self, instructions: impl Into<String>) -> Self {
        self.instructions = Some(instructions.into());
        self
    }

    /// Sets its tools, by their names.
    #[must_use]
    pub fn tools<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.tools = names.into_iter().map(Into::into).collect();
        self
    }

    /// What a worker has to be sent of it. Instructions go another way, as all agents' do; of the others it needs what
    /// their functions say.
    pub(super) fn sent(&self) -> Self {
        let named = |target: &Self| Self {
            name: target.name.clone(),
            description: target.description.clone(),
            ..Self::default()
        };
        let handoffs = self.handoffs.iter().map(named).collect();
        Self { instructions: None, handoffs, ..self.clone() }
    }

    /// The same on the other side.
    ///
    /// # Errors
    /// When a tool is not there.
    pub(crate) fn received(self, registered: &Registered) -> Result<AnySpec, String> {
        let tools = self.tools.iter().map(|name| self.tool(name, registered)).collect::<Result<_, String>>()?;
        Ok(AnySpec::Dynamic(Arc::new(DynamicSpec { agent: self, tools })))
    }

    fn tool(&self, name: &str, registered: &Registered) -> Result<AnyTool, String> {
        registered.get(name).filter(|tool| !tool.is_activity()).cloned().ok_or_else(|| {
            if registered.contains_key(name) {
                return format!(
                    "agent `{}` lists `{name}`, which is an activity and no tool; put `#[tool]` on it",
                    self.name
                );
            }
            let tools = registered.iter().filter(|(_, tool)| !tool.is_activity());
            let known: Vec<&str> = tools.map(|(name, _)| name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            format!(
                "agent `{}` lists the tool `{name}`, which the app does not have; it has: {known}; add others with \
                 `.tool::<..>()`",
                self.name
            )
        })
    }

    /// The agent with its tools, if nothing is wrong with it or those that it may hand over to.
    fn check(&self, registered: &Registered) -> Result<AnySpec, String> {
        let Self { name, model, handoffs, grants, settings, .. } = self;
        if name.trim().is_empty() {
            return Err("an agent made of data has no `name`".to_owned());
        }
        if model.trim().is_empty() {
            return Err(format!("agent `{name}` has no `model`"));
        }
        for key in settings.provider_options.iter().flat_map(serde_json::Map::keys) {
            if NOT_AN_OPTION.contains(&key.as_str()) {
                return Err(format!(
                    "agent `{name}` has `{key}` among its `provider_options`, which is what a request is made of"
                ));
            }
        }
        let spec = self.clone().received(registered)?;
        for tool in spec.tools() {
            let missing = tool.effects().find(|effect| !grants.iter().any(|grant| grant == effect));
            if let Some(effect) = missing {
                return Err(format!(
                    "tool `{}` has the effect `{effect}`, which agent `{name}` is not granted; add it to `grants`, or \
                     leave the tool out",
                    tool.name()
                ));
            }
        }
        let mut functions = self.tools.clone();
        for target in handoffs {
            target.check(registered)?;
            if let Some(grant) = target.grants.iter().find(|grant| !grants.contains(grant)) {
                return Err(format!(
                    "agent `{}` is granted `{grant}`, and agent `{name}`, which hands over to it, is not; a handoff \
                     cannot widen what a run may do",
                    target.name
                ));
            }
            let function = Target::dynamic(&target.name, &target.description).function();
            if function.len() > LONGEST_NAME {
                return Err(format!("no model can call `{function}`; give the agent `{}` a shorter name", target.name));
            }
            functions.push(function);
        }
        let doubled = functions.iter().enumerate().find(|(index, function)| functions[..*index].contains(function));
        match doubled {
            None => Ok(spec),
            Some((_, function)) => Err(format!(
                "agent `{name}` has two functions named `{function}`, and its model could not tell them apart"
            )),
        }
    }
}

impl AnyAgent for DynamicAgent {
    fn name(&self) -> &str {
        &self.name
    }

    fn resolve(&self, registered: &Registered) -> Result<AnySpec, String> {
        self.check(registered)
    }

    fn instructions(&self) -> Option<String> {
        self.instructions.clone()
    }

    fn handoffs(&self) -> Vec<Handoff> {
        self.handoffs.iter().map(|target| Handoff(Arc::new(target.clone()))).collect()
    }

    fn read(&self, answer: &Answer) -> Result<Value, serde_json::Error> {
        Ok(Value::String(answer.text.clone()))
    }
}
