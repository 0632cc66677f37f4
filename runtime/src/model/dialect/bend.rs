//! What a provider's requests and answers are like, where they differ from OpenAI's.

use crate::model::{ModelRequest, ToolChoice};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, PoisonError},
};

/// How requests are bent for a provider, and where in its answers things are.
#[derive(Clone, Debug, Deserialize)]
#[serde(default)]
pub(crate) struct Bend {
    /// What the limit of an answer's tokens is called in Chat Completions.
    pub(crate) max_tokens: MaxTokens,
    /// How it is asked for an answer of a type.
    pub(crate) output: Output,
    /// Where a message of Chat Completions has the thoughts before it: the first of these that is there.
    pub(crate) reasoning: Vec<String>,
    /// The fields of its messages and calls that it wants back; without a list, all that are not known but the thoughts.
    pub(crate) echo: Option<Vec<String>>,
    /// The same for messages with calls alone, where they may not be missing.
    pub(crate) echo_beside_calls: Vec<String>,
    /// How thoughts are told apart that stand in the text.
    pub(crate) thoughts: Option<Thoughts>,
    /// What it ignores or refuses, and why that is left out.
    pub(crate) lacks: BTreeMap<Setting, String>,
}

impl Default for Bend {
    /// What holds for a server of which nothing is known.
    fn default() -> Self {
        Self {
            max_tokens: MaxTokens::default(),
            output: Output::default(),
            reasoning: vec!["reasoning_content".to_owned(), "reasoning".to_owned()],
            echo: None,
            echo_beside_calls: Vec::new(),
            thoughts: None,
            lacks: BTreeMap::new(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum MaxTokens {
    #[default]
    MaxCompletionTokens,
    MaxTokens,
}

/// How an answer of a type is asked for.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Output {
    #[serde(rename = "as")]
    how: How,
    /// Where the request has tools.
    beside_tools: Option<How>,
    /// Where the answer is streamed.
    streamed: Option<How>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum How {
    /// By its schema.
    #[default]
    Schema,
    /// As JSON; the schema is told in words.
    Json,
    /// In words alone.
    Words,
}

/// Thoughts within a text, between two marks, where a flag of the message is true.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Thoughts {
    /// Where the flag is in a message: a JSON pointer.
    pub(crate) flag: String,
    pub(crate) open: String,
    pub(crate) close: String,
}

/// What a request may set, and not every provider knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Setting {
    Temperature,
    TopP,
    MaxTokens,
    ToolChoice,
    /// A choice of one function.
    ToolChoiceFunction,
    /// The choice of any function.
    ToolChoiceRequired,
    ParallelToolCalls,
    Reasoning,
    Metadata,
    /// That models are held to the schemas of tools.
    Strict,
    /// That a stream says what was spent.
    StreamUsage,
}

impl Setting {
    fn name(self) -> &'static str {
        match self {
            Self::Temperature => "`temperature`",
            Self::TopP => "`top_p`",
            Self::MaxTokens => "`max_tokens`",
            Self::ToolChoice => "`tool_choice`",
            Self::ToolChoiceFunction => "a `tool_choice` of one tool",
            Self::ToolChoiceRequired => "`tool_choice = \"required\"`",
            Self::ParallelToolCalls => "`parallel_tool_calls`",
            Self::Reasoning => "`reasoning`",
            Self::Metadata => "`metadata`",
            Self::Strict => "`strict`",
            Self::StreamUsage => "`stream_options`",
        }
    }
}

/// What was warned about already.
#[derive(Debug, Default)]
pub(crate) struct Warned(Mutex<BTreeSet<Setting>>);

impl Bend {
    /// Takes out of a request what the provider would ignore or refuse, and warns about each such thing once.
    pub(crate) fn fit(&self, request: &mut ModelRequest, provider: &str, warned: &Warned) {
        for (setting, why) in &self.lacks {
            // Nobody has asked for schemas to be held: that is how tools are, and the worker holds them anyway.
            let was_set = take(*setting, request) && *setting != Setting::Strict;
            if was_set && warned.0.lock().unwrap_or_else(PoisonError::into_inner).insert(*setting) {
                let setting = setting.name();
                tracing::warn!(provider, "the provider `{provider}` does without {setting}: {why}");
            }
        }
    }

    pub(crate) fn lacks(&self, setting: Setting) -> bool {
        self.lacks.contains_key(&setting)
    }

    /// How this request asks for an answer of a type.
    pub(crate) fn output(&self, has_tools: bool, streams: bool) -> How {
        let Output { how, beside_tools, streamed } = self.output;
        let beside = if has_tools { beside_tools } else { None };
        beside.or(if streams { streamed } else { None }).unwrap_or(how)
    }

    /// Whether the provider wants this field back.
    pub(crate) fn echoes(&self, field: &str) -> bool {
        let listed = |list: &[String]| list.iter().any(|name| name == field);
        match &self.echo {
            Some(list) => listed(list) || listed(&self.echo_beside_calls),
            None => !listed(&self.reasoning),
        }
    }
}

/// Takes a setting out of a request, and says whether it was there.
fn take(setting: Setting, request: &mut ModelRequest) -> bool {
    let settings = &mut request.settings;
    match setting {
        Setting::Temperature => settings.temperature.take().is_some(),
        Setting::TopP => settings.top_p.take().is_some(),
        Setting::MaxTokens => settings.max_tokens.take().is_some(),
        Setting::ToolChoice => settings.tool_choice.take().is_some(),
        Setting::ToolChoiceFunction => {
            settings.tool_choice.take_if(|choice| matches!(choice, ToolChoice::Function(_))).is_some()
        }
        Setting::ToolChoiceRequired => {
            settings.tool_choice.take_if(|choice| matches!(choice, ToolChoice::Required)).is_some()
        }
        Setting::ParallelToolCalls => settings.parallel_tool_calls.take().is_some(),
        Setting::Reasoning => settings.reasoning.take().is_some(),
        Setting::Metadata => settings.metadata.take().is_some(),
        // They stand in the definitions; whoever writes those asks.
        Setting::Strict => request.tools.iter().any(|tool| tool.strict),
        Setting::StreamUsage => false,
    }
}
