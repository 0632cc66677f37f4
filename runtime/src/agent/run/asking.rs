//! What a run asks a model: which one, with which instructions, tools and conversation.

use super::RunState;
use crate::{
    agent::{
        AgentSpec, AnySpec, Compaction, RunErrorKind, Turn, compaction, filters::ModelInput, handoff::Target,
        run_options::Closure, step::Step,
    },
    effects::{ModelCall, Share},
    model::{Conversation, ModelError, ModelErrorClass},
    tool::{AnyTool, ToolFailure},
};
use serde_json::Value;
use std::sync::Arc;

impl RunState<'_> {
    /// The next model call, if the run may make one more.
    pub(super) fn call_model(&mut self) -> Step {
        if self.progress.turn >= self.max_turns {
            return self.fail(RunErrorKind::MaxTurns { limit: self.max_turns });
        }
        if let Err(kind) = self.ledger.begin_model_call() {
            return self.fail(kind);
        }
        self.progress.turn += 1;
        self.ask()
    }

    /// Asks the next model that there is, for the rest of the agent's turns: one that has failed for good once would be
    /// waited for again and again. All of them share the attempts that a call may have.
    pub(super) fn fall_back(&mut self, error: ModelError) -> Step {
        if self.models().count() <= self.progress.fallback as usize + 1 {
            return self.fail(RunErrorKind::Model(error));
        }
        if let Err(kind) = self.ledger.begin_model_call() {
            return self.fail(kind);
        }
        self.progress.fallback += 1;
        self.progress.attempts += error.attempts;
        self.ask()
    }

    /// Has the conversation put into fewer words, if that is what the error is about and the agent says how. Once: what is
    /// too long then is too long for good.
    pub(super) fn compact(&mut self, error: &ModelError) -> Option<Step> {
        if error.class != ModelErrorClass::ContextLength || self.progress.compacted {
            return None;
        }
        let shown = self.progress.shown().clone();
        match self.agent.spec.options().compaction? {
            Compaction::Filter(filter) => {
                let mut input = ModelInput {
                    agent: self.agent.spec.name(),
                    turn: self.progress.turn,
                    instructions: self.agent.value().instructions(),
                    conversation: shown.clone(),
                };
                filter(&mut input);
                let compacted = input.conversation;
                (compacted.bytes() < shown.bytes()).then(|| self.ask_of(compacted))
            }
            Compaction::Agent(def) => {
                let arguments = [("input".to_owned(), compaction::asked(&shown)?.into())].into_iter().collect();
                // One that fails is not tried again either.
                self.progress.compacted = true;
                self.overflow = Some(error.clone());
                Some(Step::Summarise(self.asked(AnyTool::Written(def), arguments, "compaction")))
            }
        }
    }

    /// Goes on with a summary in place of most of the conversation; without one, the model's error stands.
    pub(super) fn go_on_with(&mut self, summary: Result<Value, ToolFailure>) -> Step {
        let summary = summary.map(|summary| summary.as_str().map_or_else(|| summary.to_string(), str::to_owned));
        let why = match summary {
            Ok(summary) if summary.trim().is_empty() => "it is empty".to_owned(),
            Ok(summary) => {
                let compacted = compaction::with_summary(self.progress.shown(), &summary);
                if compacted.bytes() < self.progress.shown().bytes() {
                    return self.ask_of(compacted);
                }
                "it is no shorter than what it is of".to_owned()
            }
            Err(failure) => failure.to_string(),
        };
        tracing::warn!(why, "there is no summary of a conversation that is too long");
        let error = self.overflow.take();
        self.fall_back(error.unwrap_or_else(|| ModelError::new(ModelErrorClass::ContextLength, why)))
    }

    /// Asks again, and shows this from now on.
    fn ask_of(&mut self, compacted: Conversation) -> Step {
        self.progress.compacted = true;
        self.progress.shown = Some(compacted);
        match self.ledger.begin_model_call() {
            Ok(()) => self.ask(),
            Err(kind) => self.fail(kind),
        }
    }

    /// The models of the agent in this run, in the order they are asked.
    fn models(&self) -> impl Iterator<Item = &str> {
        let spec = &self.agent.spec;
        let of_run = self.options.fallback_models.as_deref();
        let of_agent = if of_run.is_none() { spec.options().fallback_models } else { &[] };
        let fallbacks = of_run.into_iter().flatten().map(|model| &**model).chain(of_agent.iter().copied());
        std::iter::once(self.options.model.as_deref().unwrap_or(spec.model())).chain(fallbacks)
    }

    /// What of a call's attempts is for the one that is asked now.
    fn share(&self) -> Share {
        let models = u32::try_from(self.models().count()).unwrap_or(u32::MAX);
        Share { used: self.progress.attempts, models: models.saturating_sub(self.progress.fallback).max(1) }
    }

    /// The one that is asked now.
    pub(super) fn model(&self) -> Arc<str> {
        self.models().nth(self.progress.fallback as usize).unwrap_or(self.agent.spec.model()).into()
    }

    pub(super) fn ask(&mut self) -> Step {
        let spec = &self.agent.spec;
        let has_used_tools = self.progress.used_tools.iter().any(|name| name == spec.name());
        let turn = Turn {
            agent: spec.name(),
            number: self.progress.turn,
            has_used_tools,
            conversation: self.progress.shown(),
            given: &self.options.given,
        };
        let tools = spec.tools().filter(|tool| tool.options().enabled.is_some_and(|rule| !rule(&turn)));
        let targets = spec.targets();
        let handoffs = targets.iter().filter(|target| !target.is_enabled(&turn)).map(Target::function);
        self.disabled = tools.map(|tool| tool.name().to_owned()).chain(handoffs).collect();
        let mut input = ModelInput {
            agent: spec.name(),
            turn: self.progress.turn,
            instructions: self.agent.value().instructions(),
            conversation: self.progress.shown().clone(),
        };
        match (spec.options().input_filter, &self.options.input_filter) {
            (_, Some(Closure(filter))) => filter(&mut input),
            (Some(filter), None) => filter(&mut input),
            (None, None) => {}
        }
        let ModelInput { instructions, conversation, .. } = input;
        Step::CallModel(ModelCall {
            agent: spec.clone(),
            answer_as: self.answer_as(),
            model: self.model(),
            settings: self.options.settings.clone(),
            instructions: instructions.map(Into::into),
            tool_choice_spent: spec.options().reset_tool_choice && has_used_tools,
            disabled: self.disabled.clone(),
            local: self.options.local_model_calls,
            share: self.share(),
            turn: self.progress.turn,
            conversation,
            stream: None,
        })
    }

    /// The tools that the model was offered in this turn.
    pub(super) fn offered(&self) -> impl Iterator<Item = AnyTool> {
        self.agent.spec.tools().filter(|tool| !self.disabled.iter().any(|name| name == tool.name()))
    }

    /// The agent whose output format the answer must have: the one the run began with, whose type the caller gets.
    /// Where that is plain text, any text will do, and the current agent's format is one.
    pub(super) fn answer_as(&self) -> Option<&'static AgentSpec> {
        [&self.started_with, &self.agent.spec]
            .into_iter()
            .filter_map(AnySpec::written)
            .find(|spec| spec.output.is_some())
    }
}
