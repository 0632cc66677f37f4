//! Connects the loop, which decides, with the effects, which act.

use super::{
    Input, RunError,
    called::run_called,
    run::{Answer, Done, Event, Options, RunState, Step},
    spec::AnyAgent,
};
use crate::{
    effects::{Boundary, Effects, SoFar, ToolCall},
    model::Usage,
};
use futures::future::join_all;

/// Runs the loop to its end, from its start or from where it was when the workflow continued as new.
pub(crate) async fn drive(
    agent: &dyn AnyAgent,
    input: Input,
    options: &Options,
    effects: &dyn Effects,
) -> Result<Answer, RunError> {
    let entered = effects.enter_run().await;
    let begun = match entered.so_far {
        SoFar::Nothing => RunState::new(agent, input, options, effects.tools()).map(|run| (run, Event::Started)),
        SoFar::Begun(progress) => {
            RunState::resume(agent, *progress, options, effects.tools()).map(|run| (run, Event::Resumed))
        }
        SoFar::Ended(result) => return *result,
    };
    let result = match begun {
        Ok((run, event)) => go_on(run, event, options, effects, Some(entered.number)).await,
        Err(error) => Err(error),
    };
    effects.leave_run(entered.number, &result);
    result
}

/// The loop. `number` is the run's, if it can be left at a boundary.
pub(super) async fn go_on(
    mut run: RunState<'_>,
    mut event: Event,
    options: &Options,
    effects: &dyn Effects,
    number: Option<u64>,
) -> Result<Answer, RunError> {
    loop {
        event = match run.next(event) {
            Step::CallModel(call) => {
                effects.progress(run.summary());
                let at = number.map(|run_number| Boundary { run: run_number, progress: run.progress().clone() });
                Event::ModelAnswered(effects.call_model(call, at).await)
            }
            Step::CallTools(calls) => {
                let calls = calls.into_iter().map(|call| call_tool(call, options, effects));
                Event::ToolsDone(join_all(calls).await)
            }
            Step::Finish(result) => {
                effects.progress(run.summary());
                return result;
            }
        };
    }
}

async fn call_tool(call: ToolCall, options: &Options, effects: &dyn Effects) -> Done {
    match call.tool.agent() {
        Some(agent) => run_called(call, agent, options, effects).await,
        None => Done { result: effects.call_tool(call).await, usage: Usage::default() },
    }
}
