//! What a run makes of a model's answer: calls and their outputs, a handoff, or the end.

use super::{RunState, as_message, is_reasoning};
use crate::{
    agent::{
        Handoff, RunError, RunErrorKind, ToolNotFound, ToolUse,
        any::handoff_tool,
        filters::HandoffInput,
        run_options::Closure,
        step::{Answer, Done, Step},
        tell,
    },
    effects::{AskedBy, ToolCall},
    model::{FunctionCall, Item},
    tool::{self, AnyTool, OnError, ToolFailureKind},
};
use serde_json::{Value, json};

/// The answer to one function call of a turn.
pub(super) enum Reply {
    /// Known without running anything.
    Known { call_id: String, output: Value },
    /// Being run; filled in by [`Event::ToolsDone`].
    Running { call_id: String, tool: AnyTool },
    /// The first handoff of the turn: the run goes on with that agent.
    Handoff { call_id: String, to: Handoff },
}

impl RunState<'_> {
    /// Sorts the function calls of an answer into replies, and returns the calls to run.
    pub(super) fn sort(&mut self, answer: &[Item]) -> Result<Vec<ToolCall>, RunErrorKind> {
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

    /// Every call gets its answer, in the order of the calls; then a handoff, or the next turn.
    pub(super) fn reply(&mut self, done: Vec<Done>) -> Step {
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
            self.progress.push(Item::function_call_output(call_id, output));
        }
        if let Some(kind) = fatal {
            return self.fail(kind);
        }
        if let Some(agent) = next_agent {
            self.filter_for(agent.0.name());
            self.progress.handed_over.push(agent.0.name().to_owned());
            self.progress.fallback = 0;
            if let Err(kind) = self.hand_over(agent) {
                return self.fail(kind);
            }
        } else if let Some(text) = final_output {
            return self.finish(text, true);
        }
        self.call_model()
    }

    /// Decides what the agent that is next will be shown.
    fn filter_for(&mut self, to: &str) {
        let spec = &self.agent.spec;
        let mut handoff = HandoffInput { from: spec.name(), to, conversation: self.progress.shown().clone() };
        match (spec.options().handoff_filter, &self.options.handoff_filter) {
            // The agent that hands over knows best what the other needs.
            (Some(filter), _) => filter(&mut handoff),
            (None, Some(Closure(filter))) => filter(&mut handoff),
            (None, None) => return,
        }
        let shown = handoff.conversation;
        if shown != *self.progress.shown() {
            self.progress.shown = Some(shown);
        }
    }

    /// An answer without local calls ends the run, unless there is nothing in it to end with.
    pub(super) fn conclude(&mut self, answer: &[Item]) -> Step {
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

    /// Ends the run with this answer, if it is one. A model that has not kept to the output type is told so, if it may try
    /// again; what a tool has put out will be the same the next time.
    pub(super) fn finish(&mut self, text: String, is_tool_output: bool) -> Step {
        let answer = self.answer(text, is_tool_output);
        let Err(error) = self.first.read(&answer) else { return Step::Finish(Ok(answer)) };
        let repairs = self.options.repair_turns.unwrap_or(self.started_with.options().repair_turns);
        if is_tool_output || self.progress.repairs >= repairs {
            return Step::Finish(Err(answer.invalid(&error)));
        }
        self.progress.repairs += 1;
        self.progress.push(Item::user(tell::invalid_output(&error)));
        self.call_model()
    }

    fn answer(&self, text: String, is_tool_output: bool) -> Answer {
        Answer { text, is_tool_output, last_agent: self.agent.spec.name().to_owned(), progress: self.progress() }
    }

    /// The answer that the caller has for a run which ended so.
    ///
    /// # Errors
    /// The error that the run ends with all the same.
    pub(in crate::agent) fn recovered(&mut self, error: RunError) -> Result<Answer, RunError> {
        let handler = self.options.on_error.as_ref().filter(|_| !error.kind.is_final());
        let Some(text) = handler.and_then(|Closure(handler)| handler(&error)) else { return Err(error) };
        let answer =
            |run: &Self, text| Answer { last_agent: error.partial.last_agent.clone(), ..run.answer(text, true) };
        match text {
            Ok(text) => Ok(answer(self, text)),
            Err(error) => Err(answer(self, String::new()).invalid(&error)),
        }
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
