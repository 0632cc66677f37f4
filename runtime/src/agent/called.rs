//! Agents as tools: a run within a turn of another run.
//!
//! The run that calls has no boundary until it ends, so neither has this one: both go on elsewhere together, from the
//! turn before the call. What it asked its model and its tools is recorded like all else, and its tokens are counted by
//! whoever called.

use super::{
    Budgeted, Handoff, Input, Interrupted, RunErrorKind,
    drive::go_on,
    interrupted::Left,
    place::Place,
    run::RunState,
    run_options::Options,
    step::{Came, Done, Event},
};
use crate::{
    effects::ToolCall,
    tool::{self, AgentTool, AnyTool, Invocation, StateMap, ToolContext, ToolFailure, ToolFailureKind},
};
use futures::future::BoxFuture;
use serde_json::Value;
use std::sync::Arc;

/// Runs the agent that a model has called.
pub(super) fn run_called<'a>(
    call: ToolCall,
    agent: &'static AgentTool,
    interrupted: Option<Box<Interrupted>>,
    place: Place<'a>,
) -> BoxFuture<'a, Done> {
    // A future that may contain itself has to be in a box somewhere.
    Box::pin(async move {
        let by = call.asked_by.as_ref().and_then(|by| by.call_id.as_deref());
        let name = format!("{}/{}", place.run, by.unwrap_or(call.tool.name())).into();
        let (handoff, input, options) = match called(call, agent, place) {
            Ok(called) => called,
            Err(failure) => return Done::of(Err(failure)),
        };
        let called = handoff.0.as_ref();
        let run = RunState::new(called, input, &options, place.effects.tools());
        let begun = match interrupted {
            Some(interrupted) => run.and_then(|run| run.after(*interrupted)).map(|run| (run, Event::Decided)),
            None => run.map(|run| (run, Event::Started)),
        };
        let answer = match begun {
            Ok((run, event)) => go_on(run, event, &options, place.effects, (&name, None)).await,
            Err(error) => Err(error),
        };
        match answer.and_then(|answer| called.read(&answer).map_err(|error| answer.invalid(&error))) {
            Ok(value) => Done::of(Ok(value)),
            Err(error) => failed(error.kind),
        }
    })
}

/// What becomes of a call whose run has no answer.
fn failed(kind: RunErrorKind) -> Done {
    let of = match kind {
        // Whoever is to decide is to be asked by the outermost run.
        RunErrorKind::Interrupted { run } => return Came::Waits(Left::Within(run)).into(),
        // A circle of agents is to end.
        RunErrorKind::BudgetExceeded { of: Budgeted::Depth, .. } => return Came::Ends(kind).into(),
        // What is to end a run ends them all; anything else the model that has called may deal with.
        RunErrorKind::ToolFatal { .. } => ToolFailureKind::Fatal,
        _ => ToolFailureKind::Failed,
    };
    Done::of(Err(ToolFailure { kind: of, message: kind.to_string() }))
}

/// The agent, what it is asked, and how it is run.
fn called(
    call: ToolCall,
    agent: &'static AgentTool,
    place: Place<'_>,
) -> Result<(Handoff, Input, Options), ToolFailure> {
    let AnyTool::Written(def) = &call.tool else { unreachable!("only what is written down is an agent") };
    let context = ToolContext::of(&call);
    let (arguments, mistakes) = tool::checked(&call.tool, call.arguments);
    let text = match arguments.get("input") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut invocation = Invocation { def, arguments, context, states: StateMap::default(), mistakes };
    let made = (agent.make)(&mut invocation);
    invocation.mistakes.finish()?;
    let Some(handoff) = made else {
        let message = format!("agent `{}` cannot be made of its arguments", def.name);
        return Err(ToolFailure { kind: ToolFailureKind::Failed, message });
    };
    Ok((handoff, Input::from(text), place.options.of_called(Arc::clone(place.ledger))))
}
