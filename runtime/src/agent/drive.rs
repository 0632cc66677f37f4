//! Connects the loop, which decides, with the effects, which act.

use super::{
    Input, RunError,
    run::{Answer, Event, Options, RunState, Step},
    spec::AnyAgent,
};
use crate::effects::{Boundary, Effects, SoFar};
use futures::future::join_all;

/// Runs the loop to its end, from its start or from where it was when the workflow continued as new.
pub(crate) async fn drive(
    agent: &dyn AnyAgent,
    input: Input,
    options: &Options,
    effects: &dyn Effects,
) -> Result<Answer, RunError> {
    let entered = effects.enter_run().await;
    let (mut run, mut event) = match entered.so_far {
        SoFar::Nothing => (RunState::new(agent, input, options), Event::Started),
        SoFar::Begun(progress) => match RunState::resume(agent, *progress, options) {
            Ok(run) => (run, Event::Resumed),
            Err(error) => {
                let result = Err(error);
                effects.leave_run(entered.number, &result);
                return result;
            }
        },
        SoFar::Ended(result) => return *result,
    };
    loop {
        event = match run.next(event) {
            Step::CallModel(call) => {
                effects.progress(run.summary());
                let at = Boundary { run: entered.number, progress: run.progress().clone() };
                Event::ModelAnswered(effects.call_model(call, at).await)
            }
            Step::CallTools(calls) => {
                Event::ToolsDone(join_all(calls.into_iter().map(|call| effects.call_tool(call))).await)
            }
            Step::Finish(result) => {
                effects.progress(run.summary());
                effects.leave_run(entered.number, &result);
                return result;
            }
        };
    }
}
