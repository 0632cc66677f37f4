//! What a run makes of a model's answer: calls and their outputs, a handoff, or the end.

use super::{RunState, as_message, is_reasoning};
use crate::{
    agent::{
        Handoff, Progress, RunError, RunErrorKind, ToolNotFound, ToolUse,
        filters::{HandoffFilter, HandoffInput},
        handoff::Target,
        interrupted::{Interrupted, Left},
        run_options::Closure,
        step::{Answer, Came, Done, Step},
        tell,
    },
    effects::{AskedBy, ToolCall},
    model::{FunctionCall, Item, Offered},
    tool::{self, AnyTool, CallOptions, OnError, ToolFailure, ToolFailureKind, hosted::McpRequest},
};
use serde_json::{Map, Value, json};
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
    Handoff { call_id: String, to: HandingOver },
    /// A call that the model's provider will make, if it is approved.
    AtProvider { id: String, tool: AnyTool },
}

/// A handoff that the model has asked for.
pub(super) struct HandingOver {
    to: Handoff,
    /// The function by which it was asked for.
    function: String,
    /// What is called first, and is being run; the handoff stands or falls with it.
    on_handoff: Option<AnyTool>,
    filter: Option<HandoffFilter>,
}

impl RunState<'_> {
    /// Sorts the function calls of an answer into replies, and returns the calls to run. What the model was offered is known
    /// where it was asked by a worker, whose code may be older or newer; then that decides what a call is, so that all code
    /// that reads the answer makes the same of it.
    pub(super) fn sort(&mut self, answer: &[Item], offered: Option<&Offered>) -> Result<Vec<ToolCall>, RunErrorKind> {
        let agent = self.agent.spec.name().to_owned();
        let spec = self.agent.spec.clone();
        let targets: Vec<(String, Target<'_>)> =
            spec.targets().into_iter().map(|target| (target.function(), target)).collect();
        // Hosted tools count as well: whatever is neither said nor thought.
        let used_a_tool = answer.iter().any(|item| as_message(item).is_none() && !is_reasoning(item));
        let used_tools = &mut self.progress.used_tools;
        if used_a_tool && !used_tools.contains(&agent) {
            used_tools.push(agent.clone());
        }
        let mut calls = Vec::new();
        let mut handed_over = false;
        self.replies.clear();
        for item in answer {
            if let Some(request) = McpRequest::of(item) {
                let (id, tool) = (request.id().to_owned(), request.tool.clone());
                calls.push(self.asked(request.tool, request.arguments, &id));
                self.replies.push(Reply::AtProvider { id, tool });
            }
            let Some(FunctionCall { call_id, name, arguments, .. }) = as_call(item).cloned() else { continue };
            let is_handoff = match offered {
                Some(offered) => offered.handoffs.contains(&name),
                // A handoff wins over a tool of the same name.
                None => !self.disabled.contains(&name),
            };
            let handoff = targets.iter().position(|(function, _)| *function == name && is_handoff);
            let handoff =
                handoff.and_then(|at| Some((self.agent.value().handoffs().into_iter().nth(at)?, &targets[at].1)));
            let reply = if let Some((to, target)) = handoff {
                if std::mem::replace(&mut handed_over, true) {
                    known(call_id, "Multiple handoffs detected, ignoring this one.")
                } else {
                    let on_handoff = target.on_handoff();
                    let to =
                        HandingOver { to, function: name, on_handoff: on_handoff.clone(), filter: target.filter() };
                    match on_handoff.map(|tool| self.call(tool, &arguments, &call_id)).transpose() {
                        Ok(call) => {
                            calls.extend(call);
                            Reply::Handoff { call_id, to }
                        }
                        Err(error) => known(call_id, tell::unparsable(&error)),
                    }
                }
            } else if let Some(tool) = self.called(&name, offered) {
                match self.call(tool.clone(), &arguments, &call_id) {
                    Ok(call) => {
                        calls.push(call);
                        Reply::Running { call_id, tool }
                    }
                    Err(error) => known(call_id, tell::unparsable(&error)),
                }
            } else if offered.is_some_and(|offered| offered.handoffs.contains(&name)) {
                // The model could not know that it is gone.
                known(call_id, tell::not_found(&name, self.offered()))
            } else {
                match self.options.tool_not_found.unwrap_or(spec.options().tool_not_found) {
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

    /// The tool that a model has called by this name, if that is one. One that it was offered is called even if the agent has
    /// it no more: a worker may have been asked for it already, and some worker may still have it.
    fn called(&self, name: &str, offered: Option<&Offered>) -> Option<AnyTool> {
        let is_it = |tool: &AnyTool| tool.name() == name;
        let Some(offered) = offered else { return self.offered().find(is_it) };
        if !offered.tools.iter().any(|tool| tool == name) {
            return None;
        }
        let own = self.agent.spec.tools().find(is_it);
        let other = || self.registered.get(name).filter(|tool| !tool.is_activity()).cloned();
        Some(own.or_else(other).unwrap_or_else(|| AnyTool::gone(name)))
    }

    /// A call that the model has asked for.
    ///
    /// # Errors
    /// When what it gives is no JSON.
    fn call(&self, tool: AnyTool, arguments: &str, call_id: &str) -> Result<ToolCall, String> {
        Ok(self.asked(tool, tool::parse_arguments(arguments)?, call_id))
    }

    pub(super) fn asked(&self, tool: AnyTool, arguments: Map<String, Value>, call_id: &str) -> ToolCall {
        let agent = self.agent.spec.name().to_owned();
        let asked_by = Some(AskedBy { agent, call_id: Some(call_id.to_owned()) });
        ToolCall { tool, arguments, asked_by, given: self.options.given.clone(), set: CallOptions::default() }
    }

    /// Every call gets its answer, in the order of the calls; then a handoff, or the next turn.
    pub(super) fn reply(&mut self, done: Vec<Done>) -> Step {
        if done.iter().any(|done| matches!(done.came, Came::Waits(_))) && !self.is_ended_by(&done) {
            return self.interrupt(done);
        }
        let mut done = done.into_iter();
        let tool_use = self.agent.spec.options().tool_use;
        let (mut next_agent, mut fatal, mut final_output) = (None, None, None);
        // What is let go on at the provider has no output yet.
        let mut goes_on = false;
        for reply in std::mem::take(&mut self.replies) {
            let (call_id, output) = match reply {
                Reply::Known { call_id, output } => (call_id, output),
                Reply::Handoff { call_id, to } => {
                    let came = to.on_handoff.as_ref().map(|tool| self.outcome(tool, done.next(), &mut fatal));
                    match came {
                        None | Some(Some(Ok(_))) => {
                            let output = json!({"assistant": to.to.0.name()}).to_string().into();
                            next_agent = Some(to);
                            (call_id, output)
                        }
                        Some(Some(Err(told))) => (call_id, told),
                        Some(None) => continue,
                    }
                }
                Reply::Running { call_id, tool } => match self.outcome(&tool, done.next(), &mut fatal) {
                    Some(Ok(value)) => {
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
                    Some(Err(told)) => (call_id, told),
                    None => continue,
                },
                Reply::AtProvider { id, tool } => {
                    if let Some(decided) = self.outcome(&tool, done.next(), &mut fatal) {
                        goes_on |= decided.is_ok();
                        self.progress.push(McpRequest::answered(&id, decided.err().as_ref()));
                    }
                    continue;
                }
            };
            self.progress.push(Item::function_call_output(call_id, output));
        }
        if let Some(kind) = fatal {
            return self.fail(kind);
        }
        if let Some(HandingOver { to, function, filter, .. }) = next_agent {
            self.filter_for(to.0.name(), filter);
            self.progress.handed_over.push(function);
            self.progress.fallback = 0;
            if let Err(kind) = self.hand_over(to) {
                return self.fail(kind);
            }
        } else if let Some(text) = final_output.filter(|_| !goes_on) {
            return self.finish(text, true);
        }
        self.call_model()
    }

    /// What came of a call of this tool: its output, or what the model is told in place of one. Nothing, where the run ends
    /// and nobody will decide any more.
    fn outcome(
        &mut self,
        tool: &AnyTool,
        done: Option<Done>,
        fatal: &mut Option<RunErrorKind>,
    ) -> Option<Result<Value, Value>> {
        let told: Value = match self.settled(tool, done)? {
            Came::Back(Ok(value)) => return Some(Ok(value)),
            Came::Back(Err(failure)) => {
                if is_fatal(tool, &failure) && fatal.is_none() {
                    let (tool, message) = (tool.name().to_owned(), failure.message.clone());
                    *fatal = Some(RunErrorKind::ToolFatal { tool, message });
                }
                match failure.kind {
                    ToolFailureKind::Gone => tell::not_found(tool.name(), self.offered()).into(),
                    _ => tell::failure(tool, &failure).into(),
                }
            }
            // Nothing was called, so it is no tool's output that could be the answer.
            Came::Refused(message) => message.into(),
            Came::Ends(kind) => {
                let told = format!("An error occurred while running the tool. Please try again. Error: {kind}");
                fatal.get_or_insert(kind);
                told.into()
            }
            Came::Waits(_) => return None,
        };
        Some(Err(told))
    }

    /// What came of a call of this tool; what was decided for all of them is noted.
    fn settled(&mut self, tool: &AnyTool, done: Option<Done>) -> Option<Came> {
        let Done { came, always } = done?;
        if let Some(decision) = always {
            self.progress.always.insert(self.decided_as(tool), decision);
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
            Reply::Running { call_id: id, tool } | Reply::AtProvider { id, tool } => Some((id.as_str(), tool)),
            Reply::Handoff { call_id, to } => Some((call_id.as_str(), to.on_handoff.as_ref()?)),
            Reply::Known { .. } => None,
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
    fn filter_for(&mut self, to: &str, own: Option<HandoffFilter>) {
        let spec = &self.agent.spec;
        let mut handoff = HandoffInput { from: spec.name(), to, conversation: self.progress.shown().clone() };
        match (own.or(spec.options().handoff_filter), &self.options.handoff_filter) {
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
        let text = match (&self.options.on_error, self.started_with.options().on_error) {
            _ if !may_recover => None,
            (Some(Closure(handler)), _) => handler(&error),
            (None, Some(handler)) => handler(&error),
            (None, None) => None,
        };
        let Some(text) = text else { return Err(error) };
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
