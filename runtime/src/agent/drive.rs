//! Connects the loop, which decides, with the effects, which act.

use super::{
    Input, Interrupted, RunError, RunErrorKind, RunEventKind,
    guarded::{Beside, call_guarded, look_at_input, look_at_output},
    hooks::AgentEnd,
    place::Place,
    run::RunState,
    run_options::Options,
    spec::AnyAgent,
    step::{Answer, Event, Step},
};
use crate::{
    chance,
    effects::{Boundary, Deadline, Effects, Note, SoFar},
    model::{ModelResponse, Usage},
};
use futures::{
    StreamExt as _,
    future::{Either, select},
    stream,
};
use serde_json::json;
use std::{pin::pin, sync::Arc};

/// What a run begins with.
#[derive(Clone, Debug)]
pub(crate) enum Begin {
    Input(Input),
    /// Where it was interrupted, perhaps in another process.
    Interrupted(Box<Interrupted>),
}

/// Runs the loop to its end, from its start or from where it was when the workflow continued as new.
pub(crate) async fn drive(
    agent: &dyn AnyAgent,
    from: Begin,
    options: &Options,
    effects: &dyn Effects,
) -> Result<Answer, RunError> {
    let entered = effects.enter_run(note(agent, &from)).await;
    let run = |input| RunState::new(agent, input, options, effects.tools());
    let begun = match (entered.so_far, from) {
        (SoFar::Ended(result), _) => return *result,
        (SoFar::Begun(progress), _) => {
            run(Input::default()).and_then(|run| run.at(*progress)).map(|run| (run, Event::Resumed))
        }
        (SoFar::Nothing, Begin::Input(input)) => run(input).map(|run| (run, Event::Started)),
        (SoFar::Nothing, Begin::Interrupted(interrupted)) => {
            run(Input::default()).and_then(|run| run.after(*interrupted)).map(|run| (run, Event::Decided))
        }
    };
    let result = match begun {
        Ok((run, event)) => {
            let name = entered.number.to_string().into();
            let going_on = go_on(run, event, options, effects, (&name, Some(entered.number)));
            chance::within(effects.chance_of(entered.number), going_on).await
        }
        Err(error) => Err(error),
    };
    effects.leave_run(entered.number, &result);
    result
}

/// What is begun, in words.
fn note(agent: &dyn AnyAgent, from: &Begin) -> Note {
    let (name, asked) = (agent.name().to_owned(), from.clone());
    Box::new(move || match asked {
        Begin::Input(Input(input)) => {
            let last = input.items().pop().map(|item| json!(item).to_string()).unwrap_or_default();
            let last = &last[..last.floor_char_boundary(200)];
            format!("a run of agent `{name}` over {} items ({}), the last {last}", input.len(), input.digest())
        }
        Begin::Interrupted(_) => format!("a run of agent `{name}` that was interrupted"),
    })
}

/// A run from `event` to its end. It has a name, and a number if it can be left at a boundary.
pub(super) async fn go_on(
    mut run: RunState<'_>,
    event: Event,
    options: &Options,
    effects: &dyn Effects,
    (name, number): (&Arc<str>, Option<u64>),
) -> Result<Answer, RunError> {
    let ledger = Arc::clone(run.ledger());
    let place = Place { options, ledger: &ledger, effects, run: name };
    let ended = match in_time(&mut run, event, place, number).await {
        Err(error) => recovered(&mut run, error, place).await,
        answered => answered,
    };
    match &ended {
        Ok(answer) => place.show(&answer.last_agent, || RunEventKind::Done {
            output: run.value_of(answer),
            usage: ledger.spent().usage(),
        }),
        Err(error) => place.show(&error.partial.last_agent, || {
            let (code, message) = (error.kind.code().to_owned(), error.kind.to_string());
            RunEventKind::Failed { code, message }
        }),
    }
    ended
}

/// What is answered in place of an error, if anything is.
async fn recovered(run: &mut RunState<'_>, error: RunError, place: Place<'_>) -> Result<Answer, RunError> {
    let answer = run.recovered(error)?;
    let_out(run, &answer, place).await?;
    Ok(answer)
}

/// Its turns, as long as they may take.
async fn in_time(
    run: &mut RunState<'_>,
    event: Event,
    place: Place<'_>,
    number: Option<u64>,
) -> Result<Answer, RunError> {
    let effects = place.effects;
    let Some(deadline) = run.deadline(|limit| Deadline::after(limit, effects.now())) else {
        return turns(run, event, place, number).await;
    };
    let in_time = match select(pin!(turns(run, event, place, number)), effects.until(deadline)).await {
        Either::Left((ended, _)) => Some(ended),
        // What is in flight is called off with the future that waits for it.
        Either::Right(_) => None,
    };
    in_time.unwrap_or_else(|| Err(run.error(RunErrorKind::TimedOut { limit: deadline.limit })))
}

/// The loop among its guardrails.
async fn turns(
    run: &mut RunState<'_>,
    mut event: Event,
    place: Place<'_>,
    number: Option<u64>,
) -> Result<Answer, RunError> {
    let effects = place.effects;
    // A run that is gone on with has been let in, or it would have ended in the turn that it began with.
    let mut guards = match event {
        Event::Started => look_at_input(run, place).await.map_err(|kind| run.error(kind))?,
        _ => Beside::nothing(),
    };
    if guards.is_over() {
        run.let_in();
    }
    let mut is_first_turn = true;
    // The call at the boundary was about to be made when the workflow continued as new.
    let mut is_told = matches!(event, Event::Resumed);
    if matches!(event, Event::Started) {
        place.tell_who(None, run.agent());
    }
    // The turn in progress, once its model has answered.
    let mut answered: Option<(u32, Usage)> = None;
    loop {
        let (before, handoffs) = (run.agent().clone(), run.handoffs());
        // An agent that is called as a tool has no number, and draws in the turn of whoever calls it.
        if number.is_some() && !matches!(event, Event::ModelAnswered(_)) {
            chance::begin_turn(run.turn());
        }
        let step = run.next(event);
        if !matches!(step, Step::CallTools(_))
            && let Some((turn, usage)) = answered.take()
        {
            place.show(before.name(), || RunEventKind::TurnEnded { turn, usage });
        }
        if run.handoffs() > handoffs {
            place.tell_who(Some(&before), run.agent());
        }
        let done = match step {
            Step::CallModel(call) => {
                if !std::mem::replace(&mut is_first_turn, false) {
                    guards.over().await.map_err(|kind| run.error(kind))?;
                    run.let_in();
                }
                effects.progress(number, run.agent().name(), run.summary());
                let at = number.map(|number| Boundary { run: number, progress: run.progress() });
                let turn = call.turn;
                let answer = guards.work(place.ask(call, at, std::mem::take(&mut is_told))).await;
                if let Ok(Ok(ModelResponse { usage, cost, .. })) = &answer {
                    answered = Some((turn, Usage { cost: cost.unwrap_or_default(), ..*usage }));
                }
                answer.map(Event::ModelAnswered)
            }
            Step::CallTools(calls) => {
                let most = run.tool_concurrency().unwrap_or(calls.len()).max(1);
                let calls: Vec<_> = calls.into_iter().map(|call| (run.earlier(&call), call)).collect();
                let calls = calls.into_iter().map(|(earlier, call)| call_guarded(call, earlier, place));
                guards.work(stream::iter(calls).buffered(most).collect()).await.map(Event::ToolsDone)
            }
            Step::Summarise(call) => {
                guards.work(place.call(call, None)).await.map(|done| Event::Summarised(done.result()))
            }
            Step::Finish(result) => {
                effects.progress(number, run.agent().name(), run.summary());
                // Those that are still at it have their say, whatever the end is: nobody asks them again.
                guards.over().await.map_err(|kind| run.error(kind))?;
                run.let_in();
                let mut answer = result?;
                let_out(run, &answer, place).await?;
                answer.progress.spent = run.ledger().spent();
                return Ok(answer);
            }
        };
        event = done.map_err(|kind| run.error(kind))?;
    }
}

/// Tells of the answer, and asks whether it may be given.
async fn let_out(run: &RunState<'_>, answer: &Answer, place: Place<'_>) -> Result<(), RunError> {
    let output = run.value_of(answer);
    place.tell(|hooks| hooks.agent_end(&AgentEnd { agent: &answer.last_agent, output: &output }));
    look_at_output(run, answer, place).await.map_err(|kind| run.error(kind))
}
