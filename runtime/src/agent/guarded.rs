//! Where guardrails are asked: at the beginning of a run and at its end, before a tool and after it.

use super::{
    Agent, Guarded, RunErrorKind,
    approved::approved,
    drive::call,
    run::RunState,
    step::{Answer, Done, Options},
};
use crate::{
    effects::{AskedBy, Effects, ToolCall},
    model::Usage,
    tool::{AnyTool, Guard, Guardrail, Judgement, Tool, Verdict},
};
use futures::{
    FutureExt as _, StreamExt as _,
    future::{BoxFuture, Either, select},
    stream::FuturesUnordered,
};
use serde_json::Value;

/// An agent that judges is a guardrail.
#[diagnostic::do_not_recommend]
impl<A: Agent<Output = Judgement> + Tool> Guardrail for A {
    const GUARD: Guard = Guard { def: A::DEF, blocking: false };
}

/// What all of some guardrails say together.
#[derive(Debug)]
enum Ruling {
    Pass,
    /// The model is told this.
    Reject(String),
    End(RunErrorKind),
}

/// What is looked at, and for whom.
struct Looking<'a> {
    at: Guarded,
    value: Value,
    agent: String,
    options: &'a Options,
    effects: &'a dyn Effects,
}

impl Looking<'_> {
    /// Asks them all at once. The first that objects calls the others off.
    async fn ask(&self, guards: &[Guard]) -> (Ruling, Usage) {
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
        let asked = ToolCall {
            tool: AnyTool::Written(def),
            arguments: [(argument.to_owned(), self.value.clone())].into_iter().collect(),
            asked_by: Some(AskedBy { agent: self.agent.clone(), call_id: None }),
            given: self.options.given.clone(),
        };
        let Done { result, usage, .. } = call(asked, self.options, self.effects).await;
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

/// Asks the guardrails of the agent that the run begins with: those that block at once, the others beside its first turn.
pub(super) async fn look_at_input<'a>(
    run: &mut RunState<'_>,
    options: &'a Options,
    effects: &'a dyn Effects,
) -> Result<Beside<'a>, RunErrorKind> {
    let guards = run.agent().options().input_guardrails;
    if guards.is_empty() {
        return Ok(Beside::nothing());
    }
    let (blocking, parallel): (Vec<Guard>, Vec<Guard>) = guards.iter().partition(|guard| guard.blocking);
    let (value, agent) = (run.new_input().into(), run.agent().name().to_owned());
    let looking = Looking { at: Guarded::Input, value, agent, options, effects };
    conclude(looking.ask(&blocking).await, run.spent())?;
    Ok(Beside::of(async move { looking.ask(&parallel).await }.boxed()))
}

/// Asks the guardrails of the agent that has answered.
pub(super) async fn look_at_output(
    run: &mut RunState<'_>,
    answer: &Answer,
    options: &Options,
    effects: &dyn Effects,
) -> Result<(), RunErrorKind> {
    let guards = run.agent().options().output_guardrails;
    if guards.is_empty() {
        return Ok(());
    }
    let (value, agent) = (run.value_of(answer), run.agent().name().to_owned());
    let looking = Looking { at: Guarded::Output, value, agent, options, effects };
    conclude(looking.ask(guards).await, run.spent())
}

/// Calls a tool between its guardrails, when it is approved where it has to be. Nobody is asked to approve what a
/// guardrail refuses.
pub(super) async fn call_guarded(asked: ToolCall, options: &Options, effects: &dyn Effects) -> Done {
    let tool = asked.tool.clone();
    let name = || tool.name().to_owned();
    let (before, after) = (tool.options().input_guardrails, tool.options().output_guardrails);
    let agent = asked.asked_by.as_ref().map(|asked_by| asked_by.agent.clone()).unwrap_or_default();
    let mut spent = Usage::default();
    if !before.is_empty() {
        let value = Value::Object(asked.arguments.clone());
        let looking =
            Looking { at: Guarded::ToolInput { tool: name() }, value, agent: agent.clone(), options, effects };
        let (ruling, usage) = looking.ask(before).await;
        spent += usage;
        if let Some(refused) = refused(ruling, spent) {
            return refused;
        }
    }
    if let Err(not_made) = approved(&asked, options, effects).await {
        return Done { usage: spent, ..*not_made };
    }
    let mut done = call(asked, options, effects).await;
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
        Ruling::Reject(message) => Some(Done { usage, ..Done::of(Ok(message.into())) }),
        Ruling::End(kind) => Some(Done { usage, ..Done::ending(kind) }),
    }
}

/// Guardrails that look at the input of a run while its first turn is already under way.
pub(super) struct Beside<'a>(Option<BoxFuture<'a, (Ruling, Usage)>>);

impl<'a> Beside<'a> {
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    fn of(asked: BoxFuture<'a, (Ruling, Usage)>) -> Self {
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
fn conclude((ruling, usage): (Ruling, Usage), spent: &mut Usage) -> Result<(), RunErrorKind> {
    *spent += usage;
    match ruling {
        Ruling::End(kind) => Err(kind),
        // Only a tool's guardrails reject.
        Ruling::Pass | Ruling::Reject(_) => Ok(()),
    }
}
