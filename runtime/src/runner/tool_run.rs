//! A call of a tool or an activity by code.

use super::here;
use crate::{
    effects::ToolCall,
    tool::{AnyTool, CallOptions, Given, Tool, ToolDef, ToolFailure, ToolFailureKind},
};
use futures::future::{BoxFuture, Fuse, FusedFuture, FutureExt as _};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

/// A direct call of a tool or an activity, made by `weather::call(..)`: in a workflow a durable step.
///
/// Awaited, it gives what the function returns, or a [`ToolFailure`] when it has failed for good: its retries are used up, or
/// the error is one after which there are none.
#[must_use = "a call does nothing until it is awaited"]
pub struct ToolRun<T, A, O> {
    stage: ToolStage<A>,
    given: Given,
    set: CallOptions,
    types: PhantomData<fn() -> (T, O)>,
}

enum ToolStage<A> {
    Waiting(Option<A>),
    Begun(Fuse<BoxFuture<'static, Result<Value, ToolFailure>>>),
}

impl<T, A, O> ToolRun<T, A, O> {
    #[doc(hidden)]
    pub fn new(arguments: A) -> Self {
        Self {
            stage: ToolStage::Waiting(Some(arguments)),
            given: Given::default(),
            set: CallOptions::default(),
            types: PhantomData,
        }
    }

    /// Gives the call what a run would be given with [`Running::context`](crate::Running::context): for a tool that takes a
    /// [`RunContext`](crate::tool::RunContext).
    pub fn context(mut self, context: &impl Serialize) -> Self {
        self.given = Given::of(context);
        self
    }

    /// Sets how long one attempt of this call may take, in place of what the function's attribute says.
    pub fn timeout(mut self, longest: Duration) -> Self {
        self.set.timeout = Some(longest);
        self
    }

    /// Sets how often this call is tried again after it failed, in place of what the function's attribute says.
    pub fn retries(mut self, retries: u32) -> Self {
        self.set.retries = Some(retries);
        self
    }

    /// Sets how long all attempts of this call together may take, waits included, in place of what the function's attribute
    /// says. The server keeps this time, so outside a workflow it means nothing.
    pub fn schedule_to_close(mut self, longest: Duration) -> Self {
        self.set.schedule_to_close = Some(longest);
        self
    }
}

/// The arguments of a direct call, as JSON: the first of them, and in the same way the others.
///
/// Looked at when a call is awaited and not where the tool is: a tool whose arguments only a model fills in need not be
/// able to write them.
pub trait CallArguments {
    #[doc(hidden)]
    fn write(&self, into: &mut Vec<Result<Value, serde_json::Error>>);
}

impl CallArguments for () {
    fn write(&self, _: &mut Vec<Result<Value, serde_json::Error>>) {}
}

impl<A: Serialize, Others: CallArguments> CallArguments for (A, Others) {
    fn write(&self, into: &mut Vec<Result<Value, serde_json::Error>>) {
        into.push(serde_json::to_value(&self.0));
        self.1.write(into);
    }
}

/// The call of a tool by code.
fn tool_call(
    def: &'static ToolDef,
    arguments: &impl CallArguments,
    given: Given,
    set: CallOptions,
) -> Result<ToolCall, ToolFailure> {
    let mut written = Vec::with_capacity(def.args.len());
    arguments.write(&mut written);
    let named = def.args.iter().zip(written);
    let arguments: Result<Map<String, Value>, serde_json::Error> =
        named.map(|(arg, value)| Ok((arg.name.to_owned(), value?))).collect();
    let arguments = arguments.map_err(|error| {
        let message = format!("an argument of {} `{}` does not serialise: {error}", def.noun(), def.name);
        ToolFailure { kind: ToolFailureKind::BadArguments, message }
    })?;
    Ok(ToolCall { tool: AnyTool::Written(def), arguments, asked_by: None, given, set })
}

// Nothing in it is pinned: the arguments are only ever taken out.
impl<T, A, O> Unpin for ToolRun<T, A, O> {}

impl<T: Tool, A: CallArguments, O: DeserializeOwned> Future for ToolRun<T, A, O> {
    type Output = Result<O, ToolFailure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let ToolStage::Waiting(arguments) = &mut self.stage {
            let Some(arguments) = arguments.take() else { return Poll::Pending };
            let given = std::mem::take(&mut self.given);
            let begun = match tool_call(T::DEF, &arguments, given, self.set) {
                Ok(call) => here().call_tool(call),
                Err(failure) => Box::pin(std::future::ready(Err(failure))),
            };
            self.stage = ToolStage::Begun(begun.fuse());
        }
        let ToolStage::Begun(call) = &mut self.stage else { return Poll::Pending };
        call.poll_unpin(cx).map(|result| {
            serde_json::from_value(result?).map_err(|error| ToolFailure {
                kind: ToolFailureKind::Failed,
                message: format!("the result of {} `{}` cannot be read back: {error}", T::DEF.noun(), T::DEF.name),
            })
        })
    }
}

impl<T: Tool, A: CallArguments, O: DeserializeOwned> FusedFuture for ToolRun<T, A, O> {
    fn is_terminated(&self) -> bool {
        matches!(&self.stage, ToolStage::Begun(call) if call.is_terminated())
    }
}

impl<T: Tool, A, O> fmt::Debug for ToolRun<T, A, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ToolRun({})", T::DEF.name)
    }
}
