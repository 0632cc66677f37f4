//! From a call by reference to the request a model gets: definitions of tools and handoffs, settings, schema.

use super::{AgentSpec, Answer, AnySpec, OutputFn, handoff::Target};
use crate::{
    effects::ModelCall,
    model::{ModelRequest, ModelSettings, OutputFormat, ToolChoice, ToolDefinition},
    tool::{hosted::Hosted, schema::SchemaError},
};
use serde::{
    Serialize,
    de::{DeserializeOwned, Error as _},
};
use serde_json::{Map, Value};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What requests are made of, whatever an agent's `provider_options` say.
pub(crate) const NOT_AN_OPTION: [&str; 6] = ["model", "instructions", "input", "messages", "tools", "stream"];

/// What models are told of each agent's functions and output. Schemas are made once and then shared: they are most of
/// the work of a small request.
#[derive(Debug, Default)]
pub(crate) struct Catalogue(Mutex<HashMap<usize, Arc<Told>>>);

#[derive(Debug)]
struct Told {
    functions: Arc<[ToolDefinition]>,
    hosted: Arc<[Hosted]>,
    output: Option<Arc<OutputFormat>>,
}

impl Catalogue {
    /// The whole request of `call`; `model` is the model's name without its provider.
    pub(crate) fn request(&self, call: ModelCall, model: String) -> Result<ModelRequest, SchemaError> {
        let own = ModelSettings {
            metadata: call.agent.metadata(),
            provider_options: call.agent.provider_options(),
            ..call.agent.settings().clone()
        };
        let mut settings = match &call.settings {
            Some(settings) => own.overlaid(settings),
            None => own,
        };
        settings.tool_choice = settings.tool_choice.filter(|choice| {
            let is_offered = |name: &str| !call.disabled.iter().any(|disabled| disabled == name);
            !call.tool_choice_spent && !matches!(choice, ToolChoice::Function(name) if !is_offered(name))
        });
        let output = match call.answer_as {
            Some(spec) => self.told_by(spec)?.output.clone(),
            None => None,
        };
        let told = self.told(&call.agent)?;
        let functions = &told.functions;
        let is_offered = |function: &&ToolDefinition| !call.disabled.contains(&function.name);
        let (_, handoffs) = functions.split_at(functions.len() - call.agent.targets().len());
        let handoffs = handoffs.iter().filter(is_offered).count();
        let tools = if call.disabled.is_empty() {
            Arc::clone(functions)
        } else {
            functions.iter().filter(is_offered).cloned().collect()
        };
        Ok(ModelRequest {
            model,
            instructions: call.instructions.as_deref().map(str::to_owned),
            input: call.conversation,
            tools,
            handoffs,
            hosted: Arc::clone(&told.hosted),
            output,
            settings,
        })
    }

    fn told(&self, spec: &AnySpec) -> Result<Arc<Told>, SchemaError> {
        match spec {
            AnySpec::Written(spec) => self.told_by(spec),
            // It may be another the next time.
            AnySpec::Dynamic(_) => Ok(Arc::new(Told::by(spec)?)),
        }
    }

    fn told_by(&self, spec: &'static AgentSpec) -> Result<Arc<Told>, SchemaError> {
        // Two functions may each have an agent of one name, so a name would not do.
        let at = std::ptr::from_ref(spec).addr();
        // Only whole entries are put in, so a poisoned lock protects nothing that could be half-written.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(told) = known.get(&at) {
            return Ok(Arc::clone(told));
        }
        let told = Arc::new(Told::by(&AnySpec::Written(spec))?);
        known.insert(at, Arc::clone(&told));
        Ok(told)
    }
}

impl Told {
    fn by(spec: &AnySpec) -> Result<Self, SchemaError> {
        let output = spec.output().map(|output| Ok(Arc::new(output()?.format))).transpose()?;
        Ok(Self { functions: functions(spec)?.into(), hosted: spec.hosted(), output })
    }
}

/// The functions an agent's model sees: its tools, then its handoffs.
pub(crate) fn functions(agent: &AnySpec) -> Result<Vec<ToolDefinition>, SchemaError> {
    let tools = agent.tools().map(|tool| tool.definition());
    tools.chain(agent.targets().iter().map(Target::definition)).collect()
}

/// Writes an answer as a model would, whose format is text or JSON.
pub(crate) fn write_answer(answer: &impl Serialize, is_text: bool) -> Result<String, serde_json::Error> {
    Ok(match serde_json::to_value(answer)? {
        Value::String(text) if is_text => text,
        value => value.to_string(),
    })
}

/// Reads a final answer into the output type.
///
/// `format` is that of the answer the model was held to; `None` means that it answered in plain text.
pub(crate) fn parse_answer<T: DeserializeOwned>(
    answer: &Answer,
    format: Option<OutputFn>,
) -> Result<T, serde_json::Error> {
    match format {
        Some(format) if answer.is_tool_output || !is_wrapped(format)? => serde_json::from_str(&answer.text),
        _ => T::deserialize(answer_value(answer, format)?),
    }
}

/// The same as JSON.
pub(super) fn answer_value(
    Answer { text, is_tool_output, .. }: &Answer,
    format: Option<OutputFn>,
) -> Result<Value, serde_json::Error> {
    let Some(format) = format else { return Ok(Value::String(text.clone())) };
    if *is_tool_output || !is_wrapped(format)? {
        return serde_json::from_str(text);
    }
    let mut answer: Map<String, Value> = serde_json::from_str(text)?;
    answer.remove("response").ok_or_else(|| serde_json::Error::missing_field("response"))
}

fn is_wrapped(format: OutputFn) -> Result<bool, serde_json::Error> {
    Ok(format().map_err(serde_json::Error::custom)?.wrapped)
}
