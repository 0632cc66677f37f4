//! THE LOOP: a state machine that takes what has happened and says what to do next.
//!
//! It does no I/O, reads no clock and makes no random number, so the same events always lead to the same steps: in
//! a unit test, in a process, and in a workflow that is replayed. What it does is what users of the OpenAI
//! Agents SDK know.

mod answering;
mod asking;
mod current;

use super::{
    AnySpec, DEFAULT_MAX_TURNS, Handoff, Input, Progress, RunError, RunErrorKind,
    approved::Earlier,
    interrupted::{Interrupted, Left},
    ledger::Ledger,
    request::{NOT_AN_OPTION, answer_value},
    run_options::Options,
    spec::AnyAgent,
    step::{Answer, Event, Step},
};
use crate::{
    effects::{Deadline, ToolCall},
    model::{Item, Message, ModelError},
    tool::{AnyTool, Registered},
};
use answering::Reply;
use current::{Current, Whose};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, sync::Arc, time::Duration};

/// A run in progress: what its caller made it of, how far it is, and the turn at hand.
pub(crate) struct RunState<'a> {
    agent: Current<'a>,
    /// The agent that the run began with, which reads its answer.
    first: &'a dyn AnyAgent,
    /// What is known of it: its output type is the run's.
    started_with: AnySpec,
    /// The tools there are.
    registered: Registered,
    max_turns: u32,
    options: Options,
    progress: Progress,
    /// What is spent is entered here, and into `progress` only where that leaves the run.
    ledger: Arc<Ledger>,
    /// The tools that the model is not offered in the turn in progress.
    disabled: Vec<String>,
    /// Whether nobody objects to its input any more.
    is_let_in: bool,
    /// How many items the answer of the turn in progress has.
    answer_items: usize,
    /// The model's error that a summary is to mend, while it is written.
    overflow: Option<ModelError>,
    /// What is known of the calls of the turn that the run goes on within.
    left: BTreeMap<String, Left>,
    /// The answers to the calls of the turn in progress, in the order of the model's calls.
    replies: Vec<Reply>,
}

impl<'a> RunState<'a> {
    pub(crate) fn new(
        agent: &'a dyn AnyAgent,
        input: Input,
        options: &Options,
        registered: Registered,
    ) -> Result<Self, RunError> {
        let progress = Progress::new(input.0);
        let failed = |kind| {
            let partial = Box::new(progress.partial(agent.name().to_owned()));
            RunError { kind, partial }
        };
        let current = Current::of(Whose::Callers(agent), &registered).map_err(failed)?;
        let settings = options.settings.iter().filter_map(|settings| settings.provider_options.as_ref());
        if let Some(key) = settings.flat_map(Map::keys).find(|key| NOT_AN_OPTION.contains(&key.as_str())) {
            let reason = format!("the run's `provider_options` have `{key}`, which is what a request is made of");
            return Err(failed(RunErrorKind::InvalidAgent { agent: agent.name().to_owned(), reason }));
        }
        let budget = current.spec.options().budget.overlaid(options.budget);
        let ledger = Ledger::open(budget, options.within.clone()).map_err(failed)?;
        Ok(Self {
            ledger,
            first: agent,
            started_with: current.spec.clone(),
            max_turns: options.max_turns.or(current.spec.max_turns()).unwrap_or(DEFAULT_MAX_TURNS),
            agent: current,
            registered,
            options: options.clone(),
            progress,
            disabled: Vec::new(),
            is_let_in: false,
            answer_items: 0,
            overflow: None,
            left: BTreeMap::new(),
            replies: Vec::new(),
        })
    }

    /// The same run, going on where another process has left it, at the boundary of a turn.
    pub(crate) fn at(mut self, progress: Progress) -> Result<Self, RunError> {
        self.ledger.restore(progress.spent.clone());
        self.progress = progress;
        // The agents' values are made anew, each by the one before it, as they were the first time.
        for function in self.progress.handed_over.clone() {
            let at = self.agent.spec.targets().iter().position(|target| target.function() == function);
            let next = at.and_then(|at| self.agent.value().handoffs().into_iter().nth(at));
            let Some(next) = next else {
                // The code was changed meanwhile; so the run stays with the agent that had handed it over.
                tracing::warn!(agent = self.agent.spec.name(), function, "a handoff that was made is there no more");
                break;
            };
            self.hand_over(next).map_err(|kind| self.error(kind))?;
        }
        Ok(self)
    }

    /// The same run, going on within the turn in which it was interrupted.
    pub(super) fn after(mut self, interrupted: Interrupted) -> Result<Self, RunError> {
        let Interrupted { agent, progress, answer, disabled, calls } = interrupted;
        if agent != self.first.name() {
            let reason = format!("the run was begun with agent `{agent}`, and only that can go on with it");
            let agent = self.first.name().to_owned();
            return Err(self.error(RunErrorKind::InvalidAgent { agent, reason }));
        }
        (self.answer_items, self.disabled, self.left) = (answer, disabled, calls);
        self.at(progress)
    }

    /// What is known of a call from before, and what was decided for all calls of its tool.
    pub(super) fn earlier(&mut self, call: &ToolCall) -> Earlier {
        let id = call.asked_by.as_ref().and_then(|by| by.call_id.as_ref());
        let left = id.and_then(|id| self.left.remove(id));
        Earlier { left, always: self.progress.always.get(&self.decided_as(&call.tool)).cloned() }
    }

    /// Under what name it is noted that something was decided for all calls of a tool. What another agent's MCP server is
    /// called is up to that agent.
    pub(super) fn decided_as(&self, tool: &AnyTool) -> String {
        if tool.is_at_provider() {
            return format!("{}/{}", self.agent.spec.name(), tool.name());
        }
        tool.name().to_owned()
    }

    /// The loop.
    pub(crate) fn next(&mut self, event: Event) -> Step {
        match event {
            Event::Started => self.call_model(),
            Event::Resumed => self.ask(),
            Event::ModelAnswered(Err(error)) => match self.compact(&error) {
                Some(step) => step,
                None => self.fall_back(error),
            },
            Event::Summarised(summary) => self.go_on_with(summary),
            Event::ModelAnswered(Ok(response)) => {
                self.progress.attempts = 0;
                let spec = &self.agent.spec;
                let afforded = self.ledger.answered(spec.name(), &self.model(), &response);
                let answer = response.items;
                self.answer_items = answer.len();
                answer.iter().cloned().for_each(|item| self.progress.push(item));
                if let Err(kind) = afforded {
                    return self.fail(kind);
                }
                match self.sort(&answer, response.offered.as_ref()) {
                    Err(kind) => self.fail(kind),
                    Ok(calls) if !calls.is_empty() => {
                        let ours = calls.iter().filter(|call| !call.tool.is_at_provider()).count();
                        match self.ledger.begin_tool_calls(ours) {
                            Ok(()) => Step::CallTools(calls),
                            Err(kind) => self.fail(kind),
                        }
                    }
                    Ok(_) if !self.replies.is_empty() => self.reply(Vec::new()),
                    Ok(_) => self.conclude(&answer),
                }
            }
            Event::Decided => {
                let conversation = &self.progress.conversation;
                let answer = conversation.items_from(conversation.len().saturating_sub(self.answer_items));
                match self.sort(&answer, None) {
                    Err(kind) => self.fail(kind),
                    Ok(calls) => Step::CallTools(calls),
                }
            }
            Event::ToolsDone(results) => self.reply(results),
        }
    }

    /// Goes on with another agent.
    fn hand_over(&mut self, to: Handoff) -> Result<(), RunErrorKind> {
        self.agent = Current::of(Whose::HandedOver(to.0), &self.registered)?;
        Ok(())
    }

    fn fail(&self, kind: RunErrorKind) -> Step {
        Step::Finish(Err(self.error(kind)))
    }

    pub(super) fn error(&self, kind: RunErrorKind) -> RunError {
        let partial = self.progress().partial(self.agent.spec.name().to_owned());
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

    /// How long the run may take and until when, if that has an end; `after` says when so much time from now is over.
    pub(super) fn deadline(&mut self, after: impl FnOnce(Duration) -> Option<Deadline>) -> Option<Deadline> {
        let limit = self.options.timeout.or(self.started_with.options().run_timeout)?;
        self.progress.deadline = self.progress.deadline.or_else(|| after(limit));
        self.progress.deadline
    }

    /// Notes that its input has passed all guardrails.
    pub(super) fn let_in(&mut self) {
        self.is_let_in = true;
    }

    /// How many times its models were asked.
    pub(super) fn turn(&self) -> u32 {
        self.progress.turn
    }

    /// How often it was handed over.
    pub(super) fn handoffs(&self) -> usize {
        self.progress.handed_over.len()
    }

    /// How many tools it may call at once.
    pub(super) fn tool_concurrency(&self) -> Option<usize> {
        self.options.tool_concurrency.or(self.agent.spec.options().tool_concurrency)
    }

    /// Its books, for whoever else spends.
    pub(super) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// How far the run is.
    pub(crate) fn progress(&self) -> Progress {
        Progress { spent: self.ledger.spent(), ..self.progress.clone() }
    }

    /// The same, in a line.
    pub(crate) fn summary(&self) -> String {
        let turn = self.progress.turn;
        let tokens = self.ledger.spent().usage().total_tokens();
        format!("**{}** · turn {turn} of {} · {tokens} tokens", self.agent.spec.name(), self.max_turns)
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
mod changed_tests;
#[cfg(test)]
mod tests;
