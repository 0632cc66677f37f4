//! What is known of an agent, however it came to be: written down by `#[agent]`, or made of data.

use super::{AgentOptions, AgentSpec, DynamicAgent, OutputFn, handoff::Target};
use crate::{
    model::ModelSettings,
    tool::{AnyTool, hosted::Hosted},
};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc};

/// A handle to it; clones are the same.
#[derive(Clone, Debug)]
pub(crate) enum AnySpec {
    Written(&'static AgentSpec),
    Dynamic(Arc<DynamicSpec>),
}

/// An agent made of data, whose tools were found.
#[derive(Debug)]
pub(crate) struct DynamicSpec {
    pub(super) agent: DynamicAgent,
    pub(super) tools: Vec<AnyTool>,
}

impl AnySpec {
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Written(spec) => spec.name(),
            Self::Dynamic(spec) => &spec.agent.name,
        }
    }

    pub(crate) fn model(&self) -> &str {
        match self {
            Self::Written(spec) => spec.model,
            Self::Dynamic(spec) => &spec.agent.model,
        }
    }

    /// Its tools, in the order the model sees them.
    pub(crate) fn tools(&self) -> Box<dyn Iterator<Item = AnyTool> + '_> {
        match self {
            Self::Written(spec) => Box::new(spec.tools().map(AnyTool::Written)),
            Self::Dynamic(spec) => Box::new(spec.tools.iter().cloned()),
        }
    }

    /// Those of its tools that run at the model's provider.
    pub(crate) fn hosted(&self) -> Arc<[Hosted]> {
        match self {
            Self::Written(spec) => spec.hosted().collect(),
            Self::Dynamic(_) => Arc::default(),
        }
    }

    /// The agents that it may hand over to, in the order of its value's handoffs.
    pub(super) fn targets(&self) -> Vec<Target<'_>> {
        match self {
            Self::Written(spec) => spec.handoffs.iter().map(Target::written).collect(),
            Self::Dynamic(spec) => {
                spec.agent.handoffs.iter().map(|target| Target::dynamic(&target.name, &target.description)).collect()
            }
        }
    }

    pub(crate) fn max_turns(&self) -> Option<u32> {
        match self {
            Self::Written(spec) => spec.max_turns,
            Self::Dynamic(spec) => spec.agent.max_turns,
        }
    }

    pub(crate) fn settings(&self) -> &ModelSettings {
        match self {
            Self::Written(spec) => &spec.settings,
            Self::Dynamic(spec) => &spec.agent.settings,
        }
    }

    pub(crate) fn options(&self) -> &AgentOptions {
        match self {
            Self::Written(spec) => &spec.options,
            Self::Dynamic(_) => &AgentOptions::DEFAULT,
        }
    }

    /// What providers note about its requests.
    pub(crate) fn metadata(&self) -> Option<BTreeMap<String, String>> {
        let written = self.options().metadata;
        let metadata = written.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        if written.is_empty() { self.settings().metadata.clone() } else { Some(metadata.collect()) }
    }

    /// What it puts into requests as it is.
    pub(crate) fn provider_options(&self) -> Option<Map<String, Value>> {
        match self {
            Self::Written(spec) => spec.provider_options(),
            Self::Dynamic(spec) => spec.agent.settings.provider_options.clone(),
        }
    }

    /// The form of its answer; `None` for plain text.
    pub(crate) fn output(&self) -> Option<OutputFn> {
        self.written().and_then(|spec| spec.output)
    }

    pub(super) fn written(&self) -> Option<&'static AgentSpec> {
        match self {
            Self::Written(spec) => Some(spec),
            Self::Dynamic(_) => None,
        }
    }

    /// What a worker has to be sent of it, because it does not know it.
    pub(crate) fn sent(&self) -> Option<DynamicAgent> {
        match self {
            Self::Written(_) => None,
            Self::Dynamic(spec) => Some(spec.agent.sent()),
        }
    }
}
