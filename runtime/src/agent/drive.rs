//! Connects the loop, which decides, with the effects, which act.

use super::{
    Input, RunError,
    called::run_called,
    guarded::{Beside, call_guarded, look_at_input, look_at_output},
    run::RunState,
    spec::AnyAgent,
    step::{Answer, Done, Event, Options, Step},
};
use crate::effects::{Boundary, Effects, SoFar, ToolCall};
use futures::future::join_all;

/// Runs the loop to its end, from its start or from where it was when the workflow continued as new.
pub(crate) async fn drive(
    agent: &dyn AnyAgent,
    input: Input,
    options: &Options,
    effects: &dyn Effects,
) -> Result<Answer, RunError> {
    let entered = effects.enter_run().await;
    let run = || RunState::new(agent, input, options, effects.tools());
    let begun = match entered.so_far {
        SoFar::Nothing => run().map(|run| (run, Event::Started)),
        SoFar::Begun(progress) => run().and_then(|run| run.at(*progress)).map(|run| (run, Event::Resumed)),
        SoFar::Ended(result) => return *result,
    };
    let result = match begun {
        Ok((run, event)) => go_on(run, event, options, effects, Some(entered.number)).await,
        Err(error) => Err(error),
    };
    effects.leave_run(entered.number, &result);
    result
}

/// The loop among its guardrails, from `event` to the end. `number` is the run's, if it can be left at a boundary.
pub(super) async fn go_on(
    mut run: RunState<'_>,
    mut event: Event,
    options: &Options,
    effects: &dyn Effects,
    number: Option<u64>,
) -> Result<Answer, RunError> {
    // A run that is gone on with has been let in, or it would have ended in the turn that it began with.
    let mut guards = match event {
        Event::Started => {
            let asked = look_at_input(&mut run, options, effects).await;
            asked.map_err(|kind| run.error(kind))?
        }
        _ => Beside::nothing(),
    };
    let mut is_first_turn = true;
    loop {
        let done = match run.next(event) {
            Step::CallModel(call) => {
                if !std::mem::replace(&mut is_first_turn, false) {
                    guards.over(run.spent()).await.map_err(|kind| run.error(kind))?;
                }
                effects.progress(run.summary());
                let at = number.map(|number| Boundary { run: number, progress: run.progress().clone() });
                guards.work(effects.call_model(call, at), run.spent()).await.map(Event::ModelAnswered)
            }
            Step::CallTools(calls) => {
                let calls = calls.into_iter().map(|call| call_guarded(call, options, effects));
                guards.work(join_all(calls), run.spent()).await.map(Event::ToolsDone)
            }
            Step::Finish(result) => {
                effects.progress(run.summary());
                let mut answer = result?;
                let mut let_out = guards.over(run.spent()).await;
                if let_out.is_ok() {
                    let_out = look_at_output(&mut run, &answer, options, effects).await;
                }
                let_out.map_err(|kind| run.error(kind))?;
                answer.progress.usage = *run.spent();
                return Ok(answer);
            }
        };
        event = done.map_err(|kind| run.error(kind))?;
    }
}

/// Calls a tool, or runs the agent that is one.
pub(super) async fn call(call: ToolCall, options: &Options, effects: &dyn Effects) -> Done {
    match call.tool.agent() {
        Some(agent) => run_called(call, agent, options, effects).await,
        None => Done::of(effects.call_tool(call).await),
    }
}
