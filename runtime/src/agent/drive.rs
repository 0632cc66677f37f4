//! Connects the loop, which decides, with the effects, which act.

use super::{
    RunError,
    run::{Answer, Event, RunState, Step},
};
use crate::effects::Effects;
use futures::future::join_all;

/// Runs the loop to its end.
pub(crate) async fn drive(mut run: RunState<'_>, effects: &dyn Effects) -> Result<Answer, RunError> {
    let mut event = Event::Started;
    loop {
        event = match run.next(event) {
            Step::CallModel(call) => {
                effects.progress(run.summary());
                Event::ModelAnswered(effects.call_model(call).await)
            }
            Step::CallTools(calls) => {
                Event::ToolsDone(join_all(calls.into_iter().map(|call| effects.call_tool(call))).await)
            }
            Step::Finish(result) => {
                effects.progress(run.summary());
                return result;
            }
        };
    }
}
