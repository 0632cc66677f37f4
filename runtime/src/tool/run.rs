//! Runs a tool once: within its time, and with a panic turned into an error.

use super::{Invocation, StateMap, ToolContext, ToolDef, ToolError, ToolFailureKind};
use futures::FutureExt;
use serde_json::{Map, Value};
use std::panic::AssertUnwindSafe;

/// The longest message of a failing tool, in bytes: it is meant for a model to read, and for a failure to hold.
const LONGEST_MESSAGE: usize = 16 * 1024;

/// One attempt of a tool.
pub(crate) async fn run_once(
    def: &'static ToolDef,
    arguments: Map<String, Value>,
    context: ToolContext,
    states: StateMap,
) -> Result<Value, ToolError> {
    // The call itself is inside, since a shim may panic before its first await.
    let attempt = AssertUnwindSafe(async { (def.run)(Invocation { def, arguments, context, states }).await });
    match tokio::time::timeout(def.timeout, attempt.catch_unwind()).await {
        Ok(Ok(outcome)) => outcome.map_err(shortened),
        // What a panic says is for the log: it was not written for a model, and may hold anything.
        Ok(Err(_)) => {
            Err(ToolError { message: format!("tool `{}` panicked", def.name), kind: ToolFailureKind::Panicked })
        }
        Err(_) => Err(ToolError::timed_out(def.name, def.timeout)),
    }
}

fn shortened(mut error: ToolError) -> ToolError {
    if error.message.len() > LONGEST_MESSAGE {
        let whole = error.message.len();
        error.message.truncate(error.message.floor_char_boundary(LONGEST_MESSAGE));
        error.message.push_str(&format!(" … [cut off after {LONGEST_MESSAGE} of {whole} bytes]"));
    }
    error
}
