//! THE LOOP: a state machine that takes what has happened and says what to do next.
//!
//! It does no I/O, reads no clock and makes no random number, so the same events always lead to the same steps: in
//! a unit test, in a process, and in a workflow that is replayed. What it does is what users of the OpenAI
//! Agents SDK know.

use super::{
    AgentSpec, DEFAULT_MAX_TURNS, Input, Progress, RunError, RunErrorKind, ToolNotFound, ToolUse, Turn, spec::AnyAgent,
    tell,
};
use crate::{
    effects::{ModelCall, ToolCall},
    model::{Conversation, FunctionCall, Item, Message, ModelError, ModelResponse},
    tool::{self, Given, OnError, ToolDef, ToolFailure, ToolFailureKind},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::sync::Arc;

/// What has happened.
#[derive(Debug)]
pub(crate) enum Event {
    Started,
    /// The run goes on from its last turn boundary: the model call that was next is still next.
    Resumed,
    ModelAnswered(Result<ModelResponse, ModelError>),
    /// One result for each call of [`Step::CallTools`], in the same order.
    ToolsDone(Vec<Result<Value, ToolFailure>>),
}

/// What to do next.
#[derive(Debug)]
pub(crate) enum Step {
    CallModel(ModelCall),
    /// All at once.
    CallTools(Vec<ToolCall>),
    Finish(Result<Answer, RunError>),
}

/// The final answer, not yet read into the output type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Answer<C = Conversation> {
    pub(crate) text: String,
    /// Whether a tool has put it out, and no model was held to a format.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_tool_output: bool,
    pub(crate) last_agent: String,
    pub(crate) progress: Progress<C>,
}

impl Answer {
    /// The error of a run whose answer is not what the output type takes.
    pub(crate) fn invalid(self, error: &serde_json::Error) -> RunError {
        let Self { text, is_tool_output: _, last_agent: agent, progress } = self;
        let partial = progress.partial(agent.clone());
        let kind = RunErrorKind::InvalidOutput { agent, reason: error.to_string(), text };
        RunError { kind, partial: Box::new(partial) }
    }
}

/// What a caller may decide about one run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) max_turns: Option<u32>,
    pub(crate) tool_not_found: ToolNotFound,
    /// What its tools are given.
    pub(crate) given: Given,
    /// Whether model calls are local activities.
    pub(crate) local_model_calls: bool,
}

/// A run in progress: what its caller made it of, how far it is, and the turn at hand.
pub(crate) struct RunState<'a> {
    agent: Current<'a>,
    /// The agent the run began with: its output type is the run's.
    started_with: &'static AgentSpec,
    max_turns: u32,
    options: Options,
    progress: Progress,
    /// The tools that the model is not offered in the turn in progress.
    disabled: Vec<String>,
    /// The answers to the calls of the turn in progress, in the order of the model's calls.
    replies: Vec<Reply>,
}

/// The agent whose turn it is: the caller's, until a handoff brings one of the run's own.
enum Current<'a> {
    Callers(&'a dyn AnyAgent),
    HandedOver(Arc<dyn AnyAgent>),
}

impl<'a> std::ops::Deref for Current<'a> {
    type Target = dyn AnyAgent + 'a;
    fn deref(&self) -> &Self::Target {
        match self {
            Self::Callers(agent) => *agent,
            Self::HandedOver(agent) => agent.as_ref(),
        }
    }
}

/// The answer to one function call of a turn.
enum Reply {
    /// Known without running anything.
    Known { call_id: String, output: Value },
    /// Being run; filled in by [`Event::ToolsDone`].
    Running { call_id: String, tool: &'static ToolDef },
    /// The first handoff of the turn: the run goes on with that agent.
    Handoff { call_id: String, to: Arc<dyn AnyAgent> },
}

impl<'a> RunState<'a> {
    pub(crate) fn new(agent: &'a dyn AnyAgent, input: Input, options: &Options) -> Self {
        let spec = agent.spec();
        Self {
            started_with: spec,
            agent: Current::Callers(agent),
            max_turns: options.max_turns.or(spec.max_turns).unwrap_or(DEFAULT_MAX_TURNS),
            options: options.clone(),
            progress: Progress::new(input.0),
            disabled: Vec::new(),
            replies: Vec::new(),
        }
    }

    /// A run that goes on where another process has left it, at the boundary of a turn.
    pub(crate) fn resume(agent: &'a dyn AnyAgent, progress: Progress, options: &Options) -> Result<Self, RunError> {
        let mut run = Self::new(agent, Input::default(), options);
        run.progress = progress;
        // The agents' values are made anew, each by the one before it, as they were the first time.
        for name in run.progress.handed_over.clone() {
            let next = run.agent.handoffs().into_iter().find(|handoff| handoff.0.spec().name == name);
            let Some(next) = next else {
                let agent = run.agent.spec().name.to_owned();
                return Err(run.error(RunErrorKind::ToolNotFound { tool: format!("handoff to {name}"), agent }));
            };
            run.agent = Current::HandedOver(next.0);
        }
        Ok(run)
    }

    /// The loop.
    pub(crate) fn next(&mut self, event: Event) -> Step {
        match event {
            Event::Started => self.call_model(),
            Event::Resumed => self.ask(),
            Event::ModelAnswered(Err(error)) => self.fail(RunErrorKind::Model(error)),
            Event::ModelAnswered(Ok(response)) => {
                self.progress.usage += response.usage;
                let answer = response.items;
                self.progress.conversation.extend(answer.iter().cloned());
                match self.sort(&answer) {
                    Err(kind) => self.fail(kind),
                    Ok(calls) if !calls.is_empty() => Step::CallTools(calls),
                    Ok(_) if !self.replies.is_empty() => self.reply(Vec::new()),
                    Ok(_) => self.conclude(&answer),
                }
            }
            Event::ToolsDone(results) => self.reply(results),
        }
    }

    /// The next model call, if the run may make one more.
    fn call_model(&mut self) -> Step {
        if self.progress.turn >= self.max_turns {
            return self.fail(RunErrorKind::MaxTurns { limit: self.max_turns });
        }
        self.progress.turn += 1;
        self.ask()
    }

    fn ask(&mut self) -> Step {
        let spec = self.agent.spec();
        let has_used_tools = self.progress.used_tools.iter().any(|name| name == spec.name);
        let turn = Turn {
            agent: spec.name,
            number: self.progress.turn,
            has_used_tools,
            conversation: &self.progress.conversation,
            given: &self.options.given,
        };
        let disabled = spec.tools().filter(|def| def.options.enabled.is_some_and(|rule| !rule(&turn)));
        let disabled = disabled.map(|def| def.name.to_owned()).collect();
        self.disabled = disabled;
        Step::CallModel(ModelCall {
            agent: spec,
            answer_as: self.answer_as(),
            instructions: self.agent.instructions().map(Into::into),
            tool_choice_spent: spec.options.reset_tool_choice && has_used_tools,
            disabled: self.disabled.clone(),
            local: self.options.local_model_calls,
            turn: self.progress.turn,
            conversation: self.progress.conversation.clone(),
        })
    }

    /// Sorts the function calls of an answer into replies, and returns the calls to run.
    fn sort(&mut self, answer: &[Item]) -> Result<Vec<ToolCall>, RunErrorKind> {
        let spec = self.agent.spec();
        let handoffs = self.agent.handoffs();
        let asked: Vec<FunctionCall> = answer.iter().filter_map(as_call).cloned().collect();
        // Hosted tools count as well: whatever is neither said nor thought.
        let used_a_tool = answer.iter().any(|item| as_message(item).is_none() && !is_reasoning(item));
        let used_tools = &mut self.progress.used_tools;
        if used_a_tool && !used_tools.iter().any(|name| name == spec.name) {
            used_tools.push(spec.name.to_owned());
        }
        let mut calls = Vec::new();
        let mut handed_over = false;
        self.replies.clear();
        for FunctionCall { call_id, name, arguments, .. } in asked {
            // A handoff wins over a tool of the same name.
            let handoff = handoffs.iter().find(|handoff| handoff.0.spec().handoff_tool() == name);
            let reply = if let Some(handoff) = handoff {
                if std::mem::replace(&mut handed_over, true) {
                    known(call_id, "Multiple handoffs detected, ignoring this one.")
                } else {
                    Reply::Handoff { call_id, to: Arc::clone(&handoff.0) }
                }
            } else if let Some(def) = self.offered().find(|def| def.name == name) {
                match tool::parse_arguments(&arguments) {
                    Ok(arguments) => {
                        let asked_by = Some((spec.name, call_id.clone()));
                        calls.push(ToolCall { def, arguments, asked_by, given: self.options.given.clone() });
                        Reply::Running { call_id, tool: def }
                    }
                    Err(error) => known(call_id, tell::unparsable(&error)),
                }
            } else {
                match self.options.tool_not_found {
                    ToolNotFound::TellModel => known(call_id, tell::not_found(&name, self.offered())),
                    ToolNotFound::Fail => {
                        return Err(RunErrorKind::ToolNotFound { tool: name, agent: spec.name.to_owned() });
                    }
                }
            };
            self.replies.push(reply);
        }
        Ok(calls)
    }

    /// The tools that the model was offered in this turn.
    fn offered(&self) -> impl Iterator<Item = &'static ToolDef> {
        self.agent.spec().tools().filter(|def| !self.disabled.iter().any(|name| name == def.name))
    }

    /// Every call gets its answer, in the order of the calls; then a handoff, or the next turn.
    fn reply(&mut self, results: Vec<Result<Value, ToolFailure>>) -> Step {
        let mut results = results.into_iter();
        let tool_use = self.agent.spec().options.tool_use;
        let (mut next_agent, mut fatal, mut final_output) = (None, None, None);
        for reply in std::mem::take(&mut self.replies) {
            let (call_id, output) = match reply {
                Reply::Known { call_id, output } => (call_id, output),
                Reply::Handoff { call_id, to } => {
                    let output = json!({"assistant": to.spec().name}).to_string().into();
                    next_agent = Some(to);
                    (call_id, output)
                }
                Reply::Running { call_id, tool } => match results.next() {
                    Some(Ok(value)) => {
                        let is_final = match tool_use {
                            ToolUse::RunAgain => false,
                            ToolUse::StopOnFirst => true,
                            ToolUse::StopAt(tools) => tools.contains(&tool.name),
                        };
                        if is_final && final_output.is_none() {
                            final_output = Some(tell::answer(&value));
                        }
                        (call_id, tell::result(value))
                    }
                    Some(Err(failure)) => {
                        let is_fatal =
                            failure.kind == ToolFailureKind::Fatal || matches!(tool.options.on_error, OnError::Fail);
                        if is_fatal && fatal.is_none() {
                            fatal = Some(RunErrorKind::ToolFatal {
                                tool: tool.name.to_owned(),
                                message: failure.message.clone(),
                            });
                        }
                        (call_id, tell::failure(tool, &failure).into())
                    }
                    None => continue,
                },
            };
            self.progress.conversation.push(Item::function_call_output(call_id, output));
        }
        if let Some(kind) = fatal {
            return self.fail(kind);
        }
        if let Some(agent) = next_agent {
            self.progress.handed_over.push(agent.spec().name.to_owned());
            self.agent = Current::HandedOver(agent);
        } else if let Some(text) = final_output {
            return self.finish(text, true);
        }
        self.call_model()
    }

    /// An answer without local calls ends the run, unless there is nothing in it to end with.
    fn conclude(&mut self, answer: &[Item]) -> Step {
        let Some(message) = answer.iter().rev().find_map(as_message) else {
            let only_thought = answer.iter().all(is_reasoning);
            return match self.answer_as() {
                None if only_thought => self.finish(String::new(), false),
                _ => self.call_model(),
            };
        };
        if let Some(refusal) = message.refusal() {
            let text = refusal.to_owned();
            return self.fail(RunErrorKind::Refused { text });
        }
        let text = message.text();
        if text.is_empty() && self.answer_as().is_some() {
            return self.call_model();
        }
        self.finish(text, false)
    }

    /// The agent whose output format the answer must have: the one the run began with, whose type the caller gets.
    /// Where that is plain text, any text will do, and the current agent's format is one.
    fn answer_as(&self) -> Option<&'static AgentSpec> {
        [self.started_with, self.agent.spec()].into_iter().find(|spec| spec.output.is_some())
    }

    fn finish(&self, text: String, is_tool_output: bool) -> Step {
        let last_agent = self.agent.spec().name.to_owned();
        Step::Finish(Ok(Answer { text, is_tool_output, last_agent, progress: self.progress.clone() }))
    }

    fn fail(&self, kind: RunErrorKind) -> Step {
        Step::Finish(Err(self.error(kind)))
    }

    fn error(&self, kind: RunErrorKind) -> RunError {
        let partial = self.progress.partial(self.agent.spec().name.to_owned());
        RunError { kind, partial: Box::new(partial) }
    }

    /// How far the run is.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The same, in a line.
    pub(crate) fn summary(&self) -> String {
        let Progress { turn, usage, .. } = &self.progress;
        let tokens = usage.total_tokens();
        format!("**{}** · turn {turn} of {} · {tokens} tokens", self.agent.spec().name, self.max_turns)
    }
}

fn known(call_id: String, output: impl Into<Value>) -> Reply {
    Reply::Known { call_id, output: output.into() }
}

fn as_call(item: &Item) -> Option<&FunctionCall> {
    match item {
        Item::FunctionCall(call) => Some(call),
        _ => None,
    }
}

fn as_message(item: &Item) -> Option<&Message> {
    match item {
        Item::Message(message) => Some(message),
        _ => None,
    }
}

fn is_reasoning(item: &Item) -> bool {
    matches!(item, Item::Other(value) if value.get("type").and_then(Value::as_str) == Some("reasoning"))
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
