//! What a run makes of a model's answer: calls and their outputs, a handoff, or the end.

use super::{RunState, as_message, is_reasoning};
use crate::{
    agent::{
        Handoff, Progress, RunError, RunErrorKind, ToolNotFound, ToolUse,
        any::handoff_tool,
        filters::HandoffInput,
        interrupted::{Interrupted, Left},
        run_options::Closure,
        step::{Answer, Came, Done, Step},
        tell,
    },
    effects::{AskedBy, ToolCall},
    model::{FunctionCall, Item},
    tool::{self, AnyTool, OnError, ToolFailure, ToolFailureKind},
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn is_fatal(tool: &AnyTool, failure: &ToolFailure) -> bool {
    failure.kind == ToolFailureKind::Fatal || matches!(tool.options().on_error, OnError::Fail)
}

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
        if done.iter().any(|done| matches!(done.came, Came::Waits(_))) && !self.is_ended_by(&done) {
            return self.interrupt(done);
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
                Reply::Running { call_id, tool } => match self.settled(&tool, done.next()) {
                    Some(Came::Back(Ok(value))) => {
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
                    Some(Came::Back(Err(failure))) => {
                        if is_fatal(&tool, &failure) && fatal.is_none() {
                            let (tool, message) = (tool.name().to_owned(), failure.message.clone());
                            fatal = Some(RunErrorKind::ToolFatal { tool, message });
                        }
                        (call_id, tell::failure(&tool, &failure).into())
                    }
                    // Nothing was called, so it is no tool's output that could be the answer.
                    Some(Came::Refused(message)) => (call_id, message.into()),
                    Some(Came::Ends(kind)) => {
                        let told = format!("An error occurred while running the tool. Please try again. Error: {kind}");
                        fatal.get_or_insert(kind);
                        (call_id, told.into())
                    }
                    // The run ends, and nobody will decide any more.
                    Some(Came::Waits(_)) | None => continue,
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

    /// What came of a call of this tool; what was decided for all of them is noted.
    fn settled(&mut self, tool: &AnyTool, done: Option<Done>) -> Option<Came> {
        let Done { came, always } = done?;
        if let Some(decision) = always {
            self.progress.always.insert(tool.name().to_owned(), decision);
        }
        Some(came)
    }

    /// Whether one of the calls ends the run, whatever is decided about the others.
    fn is_ended_by(&self, done: &[Done]) -> bool {
        self.running().zip(done).any(|((_, tool), done)| match &done.came {
            Came::Ends(_) => true,
            Came::Back(Err(failure)) => is_fatal(tool, failure),
            Came::Back(Ok(_)) | Came::Refused(_) | Came::Waits(_) => false,
        })
    }

    fn running(&self) -> impl Iterator<Item = (&str, &AnyTool)> {
        self.replies.iter().filter_map(|reply| match reply {
            Reply::Running { call_id, tool } => Some((call_id.as_str(), tool)),
            Reply::Known { .. } | Reply::Handoff { .. } => None,
        })
    }

    /// Ends for now, with all that is needed to go on within this turn. What has come back is not told to the model yet:
    /// it stands with the others, so that all are told in the order of the calls.
    fn interrupt(&mut self, done: Vec<Done>) -> Step {
        let ids: Vec<(String, AnyTool)> = self.running().map(|(id, tool)| (id.to_owned(), tool.clone())).collect();
        let mut calls = BTreeMap::new();
        for ((id, tool), done) in ids.into_iter().zip(done) {
            let left = match self.settled(&tool, Some(done)) {
                Some(Came::Back(result)) => Left::Done(result),
                Some(Came::Refused(message)) => Left::Refused(message),
                Some(Came::Waits(left)) => left,
                Some(Came::Ends(_)) | None => continue,
            };
            calls.insert(id, left);
        }
        let run = Interrupted {
            agent: self.first.name().to_owned(),
            // Whoever goes on has all the time again.
            progress: Progress { deadline: None, ..self.progress() },
            answer: self.answer_items,
            disabled: self.disabled.clone(),
            calls,
        };
        self.fail(RunErrorKind::Interrupted { run: Box::new(run) })
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
        // What guardrails have not let in is not answered in another way either.
        let may_recover = self.is_let_in && !error.kind.is_final();
        let handler = self.options.on_error.as_ref().filter(|_| may_recover);
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
