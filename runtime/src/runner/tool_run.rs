//! A call of a tool by code.

use super::here;
use crate::{
    effects::ToolCall,
    tool::{AnyTool, Given, Tool, ToolDef, ToolFailure, ToolFailureKind},
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
};

/// A direct call of a tool, made by `weather::call(..)`: in a workflow a durable step.
#[must_use = "a tool call does nothing until it is awaited"]
pub struct ToolRun<T, A, O> {
    stage: ToolStage<A>,
    given: Given,
    types: PhantomData<fn() -> (T, O)>,
}

enum ToolStage<A> {
    Waiting(Option<A>),
    Begun(Fuse<BoxFuture<'static, Result<Value, ToolFailure>>>),
}

impl<T, A, O> ToolRun<T, A, O> {
    #[doc(hidden)]
    pub fn new(arguments: A) -> Self {
        Self { stage: ToolStage::Waiting(Some(arguments)), given: Given::default(), types: PhantomData }
    }

    /// Gives the call what a run would be given with [`Running::context`](crate::Running::context): for a tool that takes a
    /// [`RunContext`](crate::tool::RunContext).
    pub fn context(mut self, context: &impl Serialize) -> Self {
        self.given = Given::of(context);
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
fn tool_call(def: &'static ToolDef, arguments: &impl CallArguments, given: Given) -> Result<ToolCall, ToolFailure> {
    let mut written = Vec::with_capacity(def.args.len());
    arguments.write(&mut written);
    let named = def.args.iter().zip(written);
    let arguments: Result<Map<String, Value>, serde_json::Error> =
        named.map(|(arg, value)| Ok((arg.name.to_owned(), value?))).collect();
    let arguments = arguments.map_err(|error| {
        let message = format!("an argument of tool `{}` does not serialise: {error}", def.name);
        ToolFailure { kind: ToolFailureKind::BadArguments, message }
    })?;
    Ok(ToolCall { tool: AnyTool::Written(def), arguments, asked_by: None, given })
}

// Nothing in it is pinned: the arguments are only ever taken out.
impl<T, A, O> Unpin for ToolRun<T, A, O> {}

impl<T: Tool, A: CallArguments, O: DeserializeOwned> Future for ToolRun<T, A, O> {
    type Output = Result<O, ToolFailure>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        if let ToolStage::Waiting(arguments) = &mut self.stage {
            let Some(arguments) = arguments.take() else { return Poll::Pending };
            let given = std::mem::take(&mut self.given);
            let begun = match tool_call(T::DEF, &arguments, given) {
                Ok(call) => here().call_tool(call),
                Err(failure) => Box::pin(std::future::ready(Err(failure))),
            };
            self.stage = ToolStage::Begun(begun.fuse());
        }
        let ToolStage::Begun(call) = &mut self.stage else { return Poll::Pending };
        call.poll_unpin(cx).map(|result| {
            serde_json::from_value(result?).map_err(|error| ToolFailure {
                kind: ToolFailureKind::Failed,
                message: format!("the result of tool `{}` cannot be read back: {error}", T::DEF.name),
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
