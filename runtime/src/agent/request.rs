//! From a call by reference to the request a model gets: definitions of tools and handoffs, settings, schema.

use super::{AgentSpec, Answer, OutputFn};
use crate::{
    effects::ModelCall,
    model::{ModelRequest, ModelSettings, OutputFormat, ToolChoice, ToolDefinition},
    tool::{
        hosted::Hosted,
        schema::{self, SchemaError},
    },
};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

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
        let settings = ModelSettings {
            provider_options: provider_options(call.agent),
            tool_choice: call.agent.settings.tool_choice.clone().filter(|choice| {
                let is_offered = |name: &str| !call.disabled.iter().any(|disabled| disabled == name);
                !call.tool_choice_spent && !matches!(choice, ToolChoice::Function(name) if !is_offered(name))
            }),
            ..call.agent.settings.clone()
        };
        let output = match call.answer_as {
            Some(spec) => self.told(spec)?.output.clone(),
            None => None,
        };
        let told = self.told(call.agent)?;
        let functions = &told.functions;
        let handoffs = call.agent.handoffs.len();
        let tools = if call.disabled.is_empty() {
            Arc::clone(functions)
        } else {
            // A handoff may be named like a tool, and has no rule.
            let (own, handoffs) = functions.split_at(functions.len() - handoffs);
            let offered = own.iter().filter(|function| !call.disabled.contains(&function.name));
            offered.chain(handoffs).cloned().collect()
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

    fn told(&self, spec: &'static AgentSpec) -> Result<Arc<Told>, SchemaError> {
        // Two functions may each have an agent of one name, so a name would not do.
        let at = std::ptr::from_ref(spec).addr();
        // Only whole entries are put in, so a poisoned lock protects nothing that could be half-written.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(told) = known.get(&at) {
            return Ok(Arc::clone(told));
        }
        let output = spec.output.map(|output| Ok(Arc::new(output()?.format))).transpose()?;
        let told = Arc::new(Told { functions: functions(spec)?.into(), hosted: spec.hosted().collect(), output });
        known.insert(at, Arc::clone(&told));
        Ok(told)
    }
}

/// What an agent puts into requests as it is.
pub(crate) fn provider_options(agent: &AgentSpec) -> Option<Map<String, Value>> {
    match agent.options.provider_options?() {
        Value::Object(options) => Some(options),
        _ => None,
    }
}

/// The functions an agent's model sees: its tools, then its handoffs.
pub(crate) fn functions(agent: &AgentSpec) -> Result<Vec<ToolDefinition>, SchemaError> {
    let tools = agent.tools().map(schema::definition);
    let handoffs = agent.handoffs.iter().map(|target| Ok(handoff(target())));
    tools.chain(handoffs).collect()
}

fn handoff(target: &AgentSpec) -> ToolDefinition {
    let description = format!("Handoff to the {} agent to handle the request. {}", target.name, target.description);
    ToolDefinition {
        name: target.handoff_tool(),
        description: description.trim().to_owned(),
        parameters: json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false}),
        strict: true,
    }
}

/// Reads a final answer into the output type.
///
/// `format` is that of the answer the model was held to; `None` means that it answered in plain text.
pub(crate) fn parse_answer<T: serde::de::DeserializeOwned>(
    Answer { text, is_tool_output, .. }: &Answer,
    format: Option<OutputFn>,
) -> Result<T, serde_json::Error> {
    use serde::de::Error as _;
    let Some(format) = format else {
        return T::deserialize(Value::String(text.clone()));
    };
    if *is_tool_output {
        return serde_json::from_str(text);
    }
    let structured = format().map_err(serde_json::Error::custom)?;
    if !structured.wrapped {
        return serde_json::from_str(text);
    }
    let mut answer: Map<String, Value> = serde_json::from_str(text)?;
    let response = answer.remove("response").ok_or_else(|| serde_json::Error::missing_field("response"))?;
    T::deserialize(response)
}
