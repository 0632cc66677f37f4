//! Where guardrails are asked: at the beginning of a run and at its end, before a tool and after it.

use super::{
    Guarded, RunErrorKind,
    approved::approved,
    run::{Done, Options},
};
use crate::{
    effects::{AskedBy, Effects, ToolCall},
    model::Usage,
    tool::{AnyTool, Guard, Verdict},
};
use futures::{
    StreamExt as _,
    future::{BoxFuture, Either, select},
    stream::FuturesUnordered,
};
use serde_json::Value;

/// What all of some guardrails say together.
#[derive(Debug)]
pub(super) enum Ruling {
    Pass,
    /// The model is told this.
    Reject(String),
    End(RunErrorKind),
}

/// What is looked at, and for whom.
pub(super) struct Looking<'a> {
    pub(super) at: Guarded,
    pub(super) value: Value,
    pub(super) agent: String,
    pub(super) options: &'a Options,
    pub(super) effects: &'a dyn Effects,
}

impl Looking<'_> {
    /// Asks them all at once. The first that objects calls the others off.
    pub(super) async fn ask(&self, guards: &[Guard]) -> (Ruling, Usage) {
        let mut asked: FuturesUnordered<_> = guards.iter().map(|guard| self.ask_one(*guard)).collect();
        let mut spent = Usage::default();
        while let Some((ruling, usage)) = asked.next().await {
            spent += usage;
            if !matches!(ruling, Ruling::Pass) {
                return (ruling, spent);
            }
        }
        (Ruling::Pass, spent)
    }

    async fn ask_one(&self, Guard { def, .. }: Guard) -> (Ruling, Usage) {
        // It has one argument: the macro sees to that, and an agent's is its input.
        let argument = def.args.first().map_or("input", |arg| arg.name);
        let call = ToolCall {
            tool: AnyTool::Written(def),
            arguments: [(argument.to_owned(), self.value.clone())].into_iter().collect(),
            asked_by: Some(AskedBy { agent: self.agent.clone(), call_id: None }),
            given: self.options.given.clone(),
        };
        let Done { result, usage, .. } = super::drive::call(call, self.options, self.effects).await;
        let failed = |message: String| RunErrorKind::GuardrailFailed { guardrail: def.name.to_owned(), message };
        let verdict = match result {
            Ok(answer) => Verdict::read(def, answer).map_err(|error| failed(error.to_string())),
            // Whatever cannot be looked at is not let through.
            Err(failure) => Err(failed(failure.message)),
        };
        let ends = |reason: String, data: Option<Value>| {
            Ruling::End(RunErrorKind::GuardrailTripped {
                guardrail: def.name.to_owned(),
                on: self.at.clone(),
                reason,
                data: data.map(Box::new),
            })
        };
        let ruling = match verdict {
            Ok(Verdict::Pass) => Ruling::Pass,
            Ok(Verdict::Reject { message }) if self.at.is_of_a_tool() => Ruling::Reject(message),
            Ok(Verdict::Reject { message: reason }) => ends(reason, None),
            Ok(Verdict::Trip { reason, data }) => ends(reason, data),
            Err(kind) => Ruling::End(kind),
        };
        (ruling, usage)
    }
}

/// Calls a tool between its guardrails, when it is approved where it has to be. Nobody is asked to approve what a
/// guardrail refuses.
pub(super) async fn call_guarded(call: ToolCall, options: &Options, effects: &dyn Effects) -> Done {
    let tool = call.tool.clone();
    let name = || tool.name().to_owned();
    let (before, after) = (tool.options().input_guardrails, tool.options().output_guardrails);
    let agent = call.asked_by.as_ref().map(|asked_by| asked_by.agent.clone()).unwrap_or_default();
    let mut spent = Usage::default();
    if !before.is_empty() {
        let value = Value::Object(call.arguments.clone());
        let looking =
            Looking { at: Guarded::ToolInput { tool: name() }, value, agent: agent.clone(), options, effects };
        let (ruling, usage) = looking.ask(before).await;
        spent += usage;
        if let Some(refused) = refused(ruling, spent) {
            return refused;
        }
    }
    if let Err(not_made) = approved(&call, options, effects).await {
        return Done { usage: spent, ..*not_made };
    }
    let mut done = super::drive::call(call, options, effects).await;
    done.usage += spent;
    if let (Ok(value), false) = (&done.result, after.is_empty()) {
        let at = Guarded::ToolOutput { tool: name() };
        let (ruling, usage) = Looking { at, value: value.clone(), agent, options, effects }.ask(after).await;
        done.usage += usage;
        return refused(ruling, done.usage).unwrap_or(done);
    }
    done
}

/// What becomes of a call that is not let through.
fn refused(ruling: Ruling, usage: Usage) -> Option<Done> {
    match ruling {
        Ruling::Pass => None,
        Ruling::Reject(message) => Some(Done { result: Ok(message.into()), usage, ends: None }),
        Ruling::End(kind) => Some(Done { usage, ..Done::ending(kind) }),
    }
}

/// Guardrails that look at the input of a run while its first turn is already under way.
pub(super) struct Beside<'a>(Option<BoxFuture<'a, (Ruling, Usage)>>);

impl<'a> Beside<'a> {
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    pub(super) fn of(asked: BoxFuture<'a, (Ruling, Usage)>) -> Self {
        Self(Some(asked))
    }

    /// Goes on with `work`, unless the guardrails end the run first: then the work is called off.
    pub(super) async fn work<T>(
        &mut self,
        work: impl Future<Output = T>,
        spent: &mut Usage,
    ) -> Result<T, RunErrorKind> {
        let Some(asked) = self.0.take() else { return Ok(work.await) };
        match select(asked, std::pin::pin!(work)).await {
            Either::Left((judged, work)) => {
                conclude(judged, spent)?;
                Ok(work.await)
            }
            Either::Right((done, asked)) => {
                self.0 = Some(asked);
                Ok(done)
            }
        }
    }

    /// Waits for the guardrails: the first turn is over.
    pub(super) async fn over(&mut self, spent: &mut Usage) -> Result<(), RunErrorKind> {
        match self.0.take() {
            Some(asked) => conclude(asked.await, spent),
            None => Ok(()),
        }
    }
}

/// Counts what was spent; an error if the run is to end.
pub(super) fn conclude((ruling, usage): (Ruling, Usage), spent: &mut Usage) -> Result<(), RunErrorKind> {
    *spent += usage;
    match ruling {
        Ruling::End(kind) => Err(kind),
        // Only a tool's guardrails reject.
        Ruling::Pass | Ruling::Reject(_) => Ok(()),
    }
}
