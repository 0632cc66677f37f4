//! Runs a tool once: within its time, and with a panic turned into an error.

use super::{
    AnyTool, Invocation, Mistakes, Runs, StateMap, ToolContext, ToolError, ToolFailureKind, ToolOptions, Toolbox,
    arguments::by_name, rules,
};
use futures::{FutureExt, future::BoxFuture};
use serde_json::{Map, Value};
use std::{panic::AssertUnwindSafe, time::SystemTime};

/// The longest message of a failing tool, in bytes: it is meant for a model to read, and for a failure to hold.
const LONGEST_MESSAGE: usize = 16 * 1024;

/// One attempt of a tool.
pub(crate) async fn run_once(
    tool: &AnyTool,
    arguments: Map<String, Value>,
    mut context: ToolContext,
    toolbox: Toolbox,
) -> Result<Value, ToolError> {
    let (arguments, mistakes) = checked(tool, arguments);
    let ToolOptions { timeout, heartbeat, cache, .. } = context.set.over(tool.options());
    let Toolbox { states, results } = toolbox;
    context.deadline = SystemTime::now().checked_add(timeout);
    let line = context.line.clone();
    let shown = shown(tool, &context);
    // Nothing is asked of the cache for the many tools that have none, and for a call that is going to be refused.
    let cached = cache.filter(|_| mistakes.is_empty()).map(|lifetime| (lifetime, arguments.clone()));
    if let Some((_, arguments)) = &cached
        && let Some(value) = results.find(tool, arguments)
    {
        return shown(value);
    }
    // The call itself is inside, since a shim may panic before its first await.
    let attempt = AssertUnwindSafe(async { begin(tool, arguments, context, states, mistakes).await });
    let silence = async {
        match (heartbeat, line) {
            (Some(longest), Some(line)) => {
                line.silent(longest).await;
                longest
            }
            _ => std::future::pending().await,
        }
    };
    let attempt = async {
        tokio::select! {
            biased;
            ended = attempt.catch_unwind() => ended,
            longest = silence => Ok(Err(ToolError::fell_silent(tool, longest))),
        }
    };
    match tokio::time::timeout(timeout, attempt).await {
        Ok(Ok(Ok(value))) => {
            if let Some((lifetime, arguments)) = &cached {
                results.keep(tool, arguments, &value, *lifetime);
            }
            shown(value)
        }
        Ok(Ok(Err(error))) => Err(shortened(error)),
        Ok(Err(_)) => Err(panicked(tool)),
        Err(_) => Err(ToolError::timed_out(tool, timeout)),
    }
}

/// Calls the function, unless the call has mistakes.
fn begin(
    tool: &AnyTool,
    arguments: Map<String, Value>,
    context: ToolContext,
    states: StateMap,
    mistakes: Mistakes,
) -> BoxFuture<'static, Result<Value, ToolError>> {
    match tool {
        AnyTool::Written(def) => match def.run {
            Runs::Function(run) | Runs::Activity(run) => run(Invocation { def, arguments, context, states, mistakes }),
            Runs::Agent(_) => {
                let message = format!("`{}` is an agent; only another agent calls it as a tool", def.name);
                Box::pin(std::future::ready(Err(ToolError::fatal(message))))
            }
        },
        AnyTool::Dynamic(tool) => match mistakes.finish() {
            Ok(()) => (tool.function)(arguments, context),
            Err(error) => Box::pin(std::future::ready(Err(error))),
        },
    }
}

/// Runs an inline tool, at once: a plain function that takes nothing but its arguments.
pub(crate) fn run_now(tool: &AnyTool, arguments: Map<String, Value>, context: ToolContext) -> Result<Value, ToolError> {
    let (arguments, mistakes) = checked(tool, arguments);
    let shown = shown(tool, &context);
    let states = StateMap::default();
    let call = AssertUnwindSafe(|| begin(tool, arguments, context, states, mistakes).now_or_never());
    match std::panic::catch_unwind(call) {
        Ok(Some(Ok(value))) => shown(value),
        Ok(Some(Err(error))) => Err(shortened(error)),
        Ok(None) => Err(ToolError::fatal(format!("the inline tool `{}` does not end at once", tool.name()))),
        Err(_) => Err(panicked(tool)),
    }
}

/// The arguments under their own names, and what is wrong with them as far as shows before they are decoded.
pub(crate) fn checked(tool: &AnyTool, arguments: Map<String, Value>) -> (Map<String, Value>, Mistakes) {
    let mut mistakes = Mistakes::default();
    let arguments = match tool {
        AnyTool::Written(def) => by_name(def, arguments, &mut mistakes),
        AnyTool::Dynamic(_) => arguments,
    };
    rules::check(tool, &arguments, &mut mistakes);
    (arguments, mistakes)
}

/// What whoever called gets of a result: code all of it, a model what it should see.
fn shown(tool: &AnyTool, context: &ToolContext) -> impl Fn(Value) -> Result<Value, ToolError> + use<> {
    let tool = tool.clone();
    let max_output = tool.options().max_output.filter(|_| context.agent.is_some());
    move |value| match max_output {
        Some(most) => most.hold(tool.name(), value),
        None => Ok(value),
    }
}

/// What a panic says is for the log: it was not written for a model, and may hold anything.
fn panicked(tool: &AnyTool) -> ToolError {
    ToolError::of(ToolFailureKind::Panicked, format!("{} `{}` panicked", tool.noun(), tool.name()))
}

fn shortened(mut error: ToolError) -> ToolError {
    if error.message.len() > LONGEST_MESSAGE {
        let whole = error.message.len();
        error.message.truncate(error.message.floor_char_boundary(LONGEST_MESSAGE));
        error.message.push_str(&format!(" … [cut off after {LONGEST_MESSAGE} of {whole} bytes]"));
    }
    error
}
