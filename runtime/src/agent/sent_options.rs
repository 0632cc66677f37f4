//! The options of a run that can go along to another workflow: those that are data.

use super::{Budget, Options, ToolNotFound};
use crate::{model::ModelSettings, tool::Given};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

/// Options of a run, as they travel. What is left out is left to the agent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SentOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    max_turns: Option<u32>,
    /// Whether the model is told of a tool that is not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    tells_of_unknown_tools: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
    #[serde(skip_serializing_if = "is_false")]
    local_model_calls: bool,
    #[serde(skip_serializing_if = "is_default")]
    budget: Budget,
    /// In seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    timeout: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_concurrency: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<Arc<str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fallback_models: Option<Vec<Arc<str>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    settings: Option<ModelSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repair_turns: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_default(budget: &Budget) -> bool {
    *budget == Budget::default()
}

impl SentOptions {
    /// # Errors
    /// The name of an option that is code, and cannot travel; or why its context cannot.
    pub(crate) fn of(options: Options) -> Result<Self, String> {
        let Options {
            max_turns,
            tool_not_found,
            given,
            local_model_calls,
            approver: _,
            budget,
            timeout,
            tool_concurrency,
            model,
            fallback_models,
            settings,
            repair_turns,
            input_filter,
            handoff_filter,
            on_error,
            hooks,
            listener: _,
            within: _,
        } = options;
        let code = [
            ("input_filter", input_filter.is_some()),
            ("handoff_filter", handoff_filter.is_some()),
            ("on_error", on_error.is_some()),
            ("hooks", hooks.is_some()),
        ];
        if let Some((name, _)) = code.iter().find(|(_, is_set)| *is_set) {
            return Err(format!(
                "its option `{name}` is code, which does not travel to another workflow; set it in `#[agent(..)]`, or leave \
                 it out"
            ));
        }
        Ok(Self {
            max_turns,
            tells_of_unknown_tools: tool_not_found.map(|then| then == ToolNotFound::TellModel),
            context: given.sent()?,
            local_model_calls,
            budget,
            timeout: timeout.map(|timeout| timeout.as_secs_f64()),
            tool_concurrency,
            model,
            fallback_models,
            settings: settings.map(Arc::unwrap_or_clone),
            repair_turns,
        })
    }
}

impl From<SentOptions> for Options {
    fn from(sent: SentOptions) -> Self {
        Self {
            max_turns: sent.max_turns,
            tool_not_found: sent
                .tells_of_unknown_tools
                .map(|tells| if tells { ToolNotFound::TellModel } else { ToolNotFound::Fail }),
            given: Given::received(sent.context),
            local_model_calls: sent.local_model_calls,
            budget: sent.budget,
            timeout: sent.timeout.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()),
            tool_concurrency: sent.tool_concurrency,
            model: sent.model,
            fallback_models: sent.fallback_models,
            settings: sent.settings.map(Arc::new),
            repair_turns: sent.repair_turns,
            ..Self::default()
        }
    }
}
