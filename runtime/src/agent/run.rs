//! THE LOOP: a state machine that takes what has happened and says what to do next.
//!
//! It does no I/O, reads no clock and makes no random number, so the same events always lead to the same steps: in
//! a unit test, in a process, and in a workflow that is replayed. What it does is what users of the OpenAI
//! Agents SDK know.

use super::{
    AgentSpec, AnySpec, DEFAULT_MAX_TURNS, Handoff, Input, Progress, RunError, RunErrorKind, ToolNotFound, ToolUse,
    Turn,
    any::handoff_tool,
    request::answer_value,
    spec::AnyAgent,
    step::{Answer, Done, Event, Options, Step},
    tell,
};
use crate::{
    effects::{AskedBy, ModelCall, ToolCall},
    model::{FunctionCall, Item, Message, Usage},
    tool::{self, AnyTool, OnError, Registered, ToolFailureKind},
};
use serde_json::{Value, json};
use std::sync::Arc;

/// A run in progress: what its caller made it of, how far it is, and the turn at hand.
pub(crate) struct RunState<'a> {
    agent: Current<'a>,
    /// The agent the run began with: its output type is the run's.
    started_with: AnySpec,
    /// The tools there are.
    registered: Registered,
    max_turns: u32,
    options: Options,
    progress: Progress,
    /// The tools that the model is not offered in the turn in progress.
    disabled: Vec<String>,
    /// The answers to the calls of the turn in progress, in the order of the model's calls.
    replies: Vec<Reply>,
}

/// The agent whose turn it is.
struct Current<'a> {
    value: Whose<'a>,
    spec: AnySpec,
}

/// Its value: the caller's, until a handoff brings one of the run's own.
enum Whose<'a> {
    Callers(&'a dyn AnyAgent),
    HandedOver(Arc<dyn AnyAgent>),
}

impl<'a> Current<'a> {
    fn of(value: Whose<'a>, registered: &Registered) -> Result<Self, RunErrorKind> {
        let agent = value.agent();
        let spec = agent.resolve(registered);
        let spec = spec.map_err(|reason| RunErrorKind::InvalidAgent { agent: agent.name().to_owned(), reason })?;
        Ok(Self { value, spec })
    }

    fn value(&self) -> &dyn AnyAgent {
        self.value.agent()
    }
}

impl Whose<'_> {
    fn agent(&self) -> &dyn AnyAgent {
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
    Running { call_id: String, tool: AnyTool },
    /// The first handoff of the turn: the run goes on with that agent.
    Handoff { call_id: String, to: Handoff },
}

impl<'a> RunState<'a> {
    pub(crate) fn new(
        agent: &'a dyn AnyAgent,
        input: Input,
        options: &Options,
        registered: Registered,
    ) -> Result<Self, RunError> {
        let progress = Progress::new(input.0);
        let current = Current::of(Whose::Callers(agent), &registered).map_err(|kind| {
            let partial = Box::new(progress.partial(agent.name().to_owned()));
            RunError { kind, partial }
        })?;
        Ok(Self {
            started_with: current.spec.clone(),
            max_turns: options.max_turns.or(current.spec.max_turns()).unwrap_or(DEFAULT_MAX_TURNS),
            agent: current,
            registered,
            options: options.clone(),
            progress,
            disabled: Vec::new(),
            replies: Vec::new(),
        })
    }

    /// The same run, going on where another process has left it, at the boundary of a turn.
    pub(crate) fn at(mut self, progress: Progress) -> Result<Self, RunError> {
        self.progress = progress;
        // The agents' values are made anew, each by the one before it, as they were the first time.
        for name in self.progress.handed_over.clone() {
            let next = self.agent.value().handoffs().into_iter().find(|handoff| handoff.0.name() == name);
            let Some(next) = next else {
                let agent = self.agent.spec.name().to_owned();
                return Err(self.error(RunErrorKind::ToolNotFound { tool: format!("handoff to {name}"), agent }));
            };
            self.hand_over(next).map_err(|kind| self.error(kind))?;
        }
        Ok(self)
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
        let spec = &self.agent.spec;
        let has_used_tools = self.progress.used_tools.iter().any(|name| name == spec.name());
        let turn = Turn {
            agent: spec.name(),
            number: self.progress.turn,
            has_used_tools,
            conversation: &self.progress.conversation,
            given: &self.options.given,
        };
        let disabled = spec.tools().filter(|tool| tool.options().enabled.is_some_and(|rule| !rule(&turn)));
        self.disabled = disabled.map(|tool| tool.name().to_owned()).collect();
        Step::CallModel(ModelCall {
            agent: spec.clone(),
            answer_as: self.answer_as(),
            instructions: self.agent.value().instructions().map(Into::into),
            tool_choice_spent: spec.options().reset_tool_choice && has_used_tools,
            disabled: self.disabled.clone(),
            local: self.options.local_model_calls,
            turn: self.progress.turn,
            conversation: self.progress.conversation.clone(),
        })
    }

    /// Sorts the function calls of an answer into replies, and returns the calls to run.
    fn sort(&mut self, answer: &[Item]) -> Result<Vec<ToolCall>, RunErrorKind> {
        let agent = self.agent.spec.name().to_owned();
        let handoffs = self.agent.value().handoffs();
        let asked: Vec<FunctionCall> = answer.iter().filter_map(as_call).cloned().collect();
        // Hosted tools count as well: whatever is neither said nor thought.
        let used_a_tool = answer.iter().any(|item| as_message(item).is_none() && !is_reasoning(item));
        let used_tools = &mut self.progress.used_tools;
        if used_a_tool && !used_tools.contains(&agent) {
            used_tools.push(agent.clone());
        }
        let mut calls = Vec::new();
        let mut handed_over = false;
        self.replies.clear();
        for FunctionCall { call_id, name, arguments, .. } in asked {
            // A handoff wins over a tool of the same name.
            let handoff = handoffs.iter().find(|handoff| handoff_tool(handoff.0.name()) == name);
            let reply = if let Some(handoff) = handoff {
                if std::mem::replace(&mut handed_over, true) {
                    known(call_id, "Multiple handoffs detected, ignoring this one.")
                } else {
                    Reply::Handoff { call_id, to: handoff.clone() }
                }
            } else if let Some(tool) = self.offered().find(|tool| tool.name() == name) {
                match tool::parse_arguments(&arguments) {
                    Ok(arguments) => {
                        let asked_by = Some(AskedBy { agent: agent.clone(), call_id: Some(call_id.clone()) });
                        let given = self.options.given.clone();
                        calls.push(ToolCall { tool: tool.clone(), arguments, asked_by, given });
                        Reply::Running { call_id, tool }
                    }
                    Err(error) => known(call_id, tell::unparsable(&error)),
                }
            } else {
                match self.options.tool_not_found {
                    ToolNotFound::TellModel => known(call_id, tell::not_found(&name, self.offered())),
                    ToolNotFound::Fail => {
                        return Err(RunErrorKind::ToolNotFound { tool: name, agent });
                    }
                }
            };
            self.replies.push(reply);
        }
        Ok(calls)
    }

    /// The tools that the model was offered in this turn.
    fn offered(&self) -> impl Iterator<Item = AnyTool> {
        self.agent.spec.tools().filter(|tool| !self.disabled.iter().any(|name| name == tool.name()))
    }

    /// Goes on with another agent.
    fn hand_over(&mut self, to: Handoff) -> Result<(), RunErrorKind> {
        self.agent = Current::of(Whose::HandedOver(to.0), &self.registered)?;
        Ok(())
    }

    /// Every call gets its answer, in the order of the calls; then a handoff, or the next turn.
    fn reply(&mut self, done: Vec<Done>) -> Step {
        for done in &done {
            self.progress.usage += done.usage;
        }
        let mut done = done.into_iter();
        let tool_use = self.agent.spec.options().tool_use;
        let (mut next_agent, mut fatal, mut final_output) = (None, None, None);
        for reply in std::mem::take(&mut self.replies) {
            let (call_id, output) = match reply {
                Reply::Known { call_id, output } => (call_id, output),
                Reply::Handoff { call_id, to } => {
                    let output = json!({"assistant": to.0.name()}).to_string().into();
                    next_agent = Some(to);
                    (call_id, output)
                }
                Reply::Running { call_id, tool } => match done.next() {
                    Some(Done { result: Ok(value), .. }) => {
                        let is_final = match tool_use {
                            ToolUse::RunAgain => false,
                            ToolUse::StopOnFirst => true,
                            ToolUse::StopAt(tools) => tools.contains(&tool.name()),
                        };
                        if is_final && final_output.is_none() {
                            final_output = Some(tell::answer(&value));
                        }
                        (call_id, tell::result(value))
                    }
                    Some(Done { result: Err(failure), ends, .. }) => {
                        let is_fatal =
                            failure.kind == ToolFailureKind::Fatal || matches!(tool.options().on_error, OnError::Fail);
                        if is_fatal && fatal.is_none() {
                            let (tool, message) = (tool.name().to_owned(), failure.message.clone());
                            fatal = Some(ends.unwrap_or(RunErrorKind::ToolFatal { tool, message }));
                        }
                        (call_id, tell::failure(&tool, &failure).into())
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
            self.progress.handed_over.push(agent.0.name().to_owned());
            if let Err(kind) = self.hand_over(agent) {
                return self.fail(kind);
            }
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
        [&self.started_with, &self.agent.spec]
            .into_iter()
            .filter_map(AnySpec::written)
            .find(|spec| spec.output.is_some())
    }

    fn finish(&self, text: String, is_tool_output: bool) -> Step {
        let last_agent = self.agent.spec.name().to_owned();
        Step::Finish(Ok(Answer { text, is_tool_output, last_agent, progress: self.progress.clone() }))
    }

    fn fail(&self, kind: RunErrorKind) -> Step {
        Step::Finish(Err(self.error(kind)))
    }

    pub(super) fn error(&self, kind: RunErrorKind) -> RunError {
        let partial = self.progress.partial(self.agent.spec.name().to_owned());
        RunError { kind, partial: Box::new(partial) }
    }

    /// The agent whose turn it is.
    pub(super) fn agent(&self) -> &AnySpec {
        &self.agent.spec
    }

    /// What users have said since a model answered last, as text.
    pub(super) fn new_input(&self) -> String {
        let items = self.progress.conversation.items_from(0);
        let new: Vec<&Message> =
            items.iter().rev().map_while(as_message).take_while(|said| said.role == "user").collect();
        new.iter().rev().map(|said| said.text()).collect::<Vec<_>>().join("\n")
    }

    /// The answer as JSON; one that is not what the output type takes, as the text that it is.
    pub(super) fn value_of(&self, answer: &Answer) -> Value {
        let format = self.answer_as().and_then(|spec| spec.output);
        answer_value(answer, format).unwrap_or_else(|_| answer.text.clone().into())
    }

    /// What models were paid so far, for whoever else spends.
    pub(super) fn spent(&mut self) -> &mut Usage {
        &mut self.progress.usage
    }

    /// How far the run is.
    pub(crate) fn progress(&self) -> &Progress {
        &self.progress
    }

    /// The same, in a line.
    pub(crate) fn summary(&self) -> String {
        let Progress { turn, usage, .. } = &self.progress;
        let tokens = usage.total_tokens();
        format!("**{}** · turn {turn} of {} · {tokens} tokens", self.agent.spec.name(), self.max_turns)
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
