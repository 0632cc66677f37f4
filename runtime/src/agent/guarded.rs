//! Where guardrails are asked: at the beginning of a run and at its end, before a tool and after it.

use super::{
    Agent, Guarded, RunErrorKind,
    approved::{Earlier, approved},
    interrupted::Left,
    place::Place,
    run::RunState,
    step::{Answer, Came, Done},
};
use crate::{
    effects::{AskedBy, ToolCall},
    tool::{AnyTool, CallOptions, Guard, Guardrail, Judgement, Tool, Verdict},
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
    place: Place<'a>,
}

impl Looking<'_> {
    /// Asks them all at once. The first that objects calls the others off.
    async fn ask(&self, guards: &[Guard]) -> Ruling {
        let mut asked: FuturesUnordered<_> = guards.iter().map(|guard| self.ask_one(*guard)).collect();
        while let Some(ruling) = asked.next().await {
            if !matches!(ruling, Ruling::Pass) {
                return ruling;
            }
        }
        Ruling::Pass
    }

    async fn ask_one(&self, Guard { def, .. }: Guard) -> Ruling {
        // It has one argument: the macro sees to that, and an agent's is its input.
        let argument = def.args.first().map_or("input", |arg| arg.name);
        let asked = ToolCall {
            tool: AnyTool::Written(def),
            arguments: [(argument.to_owned(), self.value.clone())].into_iter().collect(),
            asked_by: Some(AskedBy { agent: self.agent.clone(), call_id: None }),
            given: self.place.options.given.clone(),
            set: CallOptions::default(),
        };
        let result = self.place.call(asked, None).await.result();
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
        match verdict {
            Ok(Verdict::Pass) => Ruling::Pass,
            Ok(Verdict::Reject { message }) if self.at.is_of_a_tool() => Ruling::Reject(message),
            Ok(Verdict::Reject { message: reason }) => ends(reason, None),
            Ok(Verdict::Trip { reason, data }) => ends(reason, data),
            Err(kind) => Ruling::End(kind),
        }
    }
}

/// Asks the guardrails of the agent that the run begins with: those that block at once, the others beside its first turn.
pub(super) async fn look_at_input<'a>(run: &RunState<'_>, place: Place<'a>) -> Result<Beside<'a>, RunErrorKind> {
    let guards = run.agent().options().input_guardrails;
    if guards.is_empty() {
        return Ok(Beside::nothing());
    }
    let (blocking, parallel): (Vec<Guard>, Vec<Guard>) = guards.iter().partition(|guard| guard.blocking);
    let (value, agent) = (run.new_input().into(), run.agent().name().to_owned());
    let looking = Looking { at: Guarded::Input, value, agent, place };
    conclude(looking.ask(&blocking).await)?;
    if parallel.is_empty() {
        return Ok(Beside::nothing());
    }
    Ok(Beside::of(async move { looking.ask(&parallel).await }.boxed()))
}

/// Asks the guardrails of the agent that has answered.
pub(super) async fn look_at_output(run: &RunState<'_>, answer: &Answer, place: Place<'_>) -> Result<(), RunErrorKind> {
    let guards = run.agent().options().output_guardrails;
    if guards.is_empty() {
        return Ok(());
    }
    let (value, agent) = (run.value_of(answer), run.agent().name().to_owned());
    let looking = Looking { at: Guarded::Output, value, agent, place };
    conclude(looking.ask(guards).await)
}

/// Calls a tool between its guardrails, when it is approved where it has to be. Nobody is asked to approve what a
/// guardrail refuses.
pub(super) async fn call_guarded(asked: ToolCall, mut earlier: Earlier, place: Place<'_>) -> Done {
    let within = match earlier.left {
        Some(Left::Done(result)) => return Done::of(result),
        Some(Left::Refused(message)) => return Came::Refused(message).into(),
        Some(Left::Within(run)) => {
            earlier.left = None;
            Some(run)
        }
        other => {
            earlier.left = other;
            None
        }
    };
    // Whatever was waited for has passed them already.
    let is_let_in = within.is_some() || earlier.left.is_some();
    let tool = asked.tool.clone();
    let name = || tool.name().to_owned();
    let (before, after) = (tool.options().input_guardrails, tool.options().output_guardrails);
    let agent = asked.asked_by.as_ref().map(|asked_by| asked_by.agent.clone()).unwrap_or_default();
    if !before.is_empty() && !is_let_in {
        let value = Value::Object(asked.arguments.clone());
        let at = Guarded::ToolInput { tool: name() };
        let looking = Looking { at, value, agent: agent.clone(), place };
        if let Some(refused) = refused(looking.ask(before).await) {
            return refused;
        }
    }
    let always = match within {
        Some(_) => None,
        None => match approved(&asked, earlier, place).await {
            Ok(always) => always,
            Err(not_made) => return *not_made,
        },
    };
    // Whoever runs it has waited for no more than that.
    if tool.is_at_provider() {
        return Done { always, ..Done::of(Ok(Value::Null)) };
    }
    let mut done = place.call_told(asked, within).await;
    if let (Came::Back(Ok(value)), false) = (&done.came, after.is_empty()) {
        let at = Guarded::ToolOutput { tool: name() };
        let looking = Looking { at, value: value.clone(), agent, place };
        done = refused(looking.ask(after).await).unwrap_or(done);
    }
    Done { always, ..done }
}

/// What becomes of a call that is not let through.
fn refused(ruling: Ruling) -> Option<Done> {
    match ruling {
        Ruling::Pass => None,
        Ruling::Reject(message) => Some(Came::Refused(message).into()),
        Ruling::End(kind) => Some(Came::Ends(kind).into()),
    }
}

/// Guardrails that look at the input of a run while its first turn is already under way.
pub(super) struct Beside<'a>(Option<BoxFuture<'a, Ruling>>);

impl<'a> Beside<'a> {
    pub(super) fn nothing() -> Self {
        Self(None)
    }

    fn of(asked: BoxFuture<'a, Ruling>) -> Self {
        Self(Some(asked))
    }

    /// Whether nobody is at it.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_none()
    }

    /// Goes on with `work`, unless the guardrails end the run first: then the work is called off.
    pub(super) async fn work<T>(&mut self, work: impl Future<Output = T>) -> Result<T, RunErrorKind> {
        let Some(asked) = self.0.take() else { return Ok(work.await) };
        match select(asked, std::pin::pin!(work)).await {
            Either::Left((judged, work)) => {
                conclude(judged)?;
                Ok(work.await)
            }
            Either::Right((done, asked)) => {
                self.0 = Some(asked);
                Ok(done)
            }
        }
    }

    /// Waits for the guardrails: the first turn is over.
    pub(super) async fn over(&mut self) -> Result<(), RunErrorKind> {
        match self.0.take() {
            Some(asked) => conclude(asked.await),
            None => Ok(()),
        }
    }
}

/// An error if the run is to end.
fn conclude(ruling: Ruling) -> Result<(), RunErrorKind> {
    match ruling {
        Ruling::End(kind) => Err(kind),
        // Only a tool's guardrails reject.
        Ruling::Pass | Ruling::Reject(_) => Ok(()),
    }
}
