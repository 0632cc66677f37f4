//! Agents as tools: a run within a turn of another run.
//!
//! The run that calls has no boundary until it ends, so neither has this one: both go on elsewhere together, from the
//! turn before the call. What it asked its model and its tools is recorded like all else, and its tokens are counted by
//! whoever called.

use super::{
    Handoff, Input, RunErrorKind,
    drive::go_on,
    run::RunState,
    step::{Done, Event, Options},
};
use crate::{
    effects::{Effects, ToolCall},
    tool::{self, AgentTool, AnyTool, Invocation, StateMap, ToolContext, ToolFailure, ToolFailureKind},
};
use futures::future::BoxFuture;
use serde_json::Value;

/// How deep agents may call each other. Each level can make as many runs as the one above has turns, so a circle of agents
/// that call each other would else be paid for without end.
const DEEPEST: u32 = 8;

/// Runs the agent that a model has called.
pub(super) fn run_called<'a>(
    call: ToolCall,
    agent: &'static AgentTool,
    options: &'a Options,
    effects: &'a dyn Effects,
) -> BoxFuture<'a, Done> {
    // A future that may contain itself has to be in a box somewhere.
    Box::pin(async move {
        let (handoff, input, options) = match called(call, agent, options) {
            Ok(called) => called,
            Err(failure) => return Done::of(Err(failure)),
        };
        let called = handoff.0.as_ref();
        let answer = match RunState::new(called, input, &options, effects.tools()) {
            Ok(run) => go_on(run, Event::Started, &options, effects, None).await,
            Err(error) => Err(error),
        };
        let usage = answer.as_ref().map_or_else(|error| error.partial.usage, |answer| answer.progress.usage);
        match answer.and_then(|answer| called.read(&answer).map_err(|error| answer.invalid(&error))) {
            Ok(value) => Done { usage, ..Done::of(Ok(value)) },
            Err(error) => Done { usage, ..failed(error.kind) },
        }
    })
}

/// What becomes of a call whose run has no answer.
fn failed(kind: RunErrorKind) -> Done {
    let of = match kind {
        // Whoever is to approve a call is to be asked by the outermost run.
        RunErrorKind::ApprovalNeeded { .. } => return Done::ending(kind),
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
    options: &Options,
) -> Result<(Handoff, Input, Options), ToolFailure> {
    let AnyTool::Written(def) = &call.tool else { unreachable!("only what is written down is an agent") };
    let depth = options.depth + 1;
    if depth > DEEPEST {
        let message = format!("agents may call each other {DEEPEST} deep, and `{}` would be one more", def.name);
        return Err(ToolFailure { kind: ToolFailureKind::Failed, message });
    }
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
    // How many turns it may take is its own affair.
    Ok((handoff, Input::from(text), Options { depth, max_turns: None, ..options.clone() }))
}
