//! What a run makes of calls of functions that other code than this has offered.

use super::{
    tests::{Planner, call, output},
    *,
};
use crate::{
    agent::step::Done,
    model::{ModelResponse, Offered},
    tool::{ToolFailure, ToolFailureKind},
};

/// An answer with these calls, as a worker records it that had offered these tools and handoffs.
fn recorded(calls: &[(&str, &str)], tools: &[&str], handoffs: &[&str]) -> Event {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let offered = Some(Offered { tools: owned(tools), handoffs: owned(handoffs) });
    let items = calls.iter().map(|(id, name)| call(id, name, "{}")).collect();
    Event::ModelAnswered(Ok(ModelResponse { items, offered, ..ModelResponse::default() }))
}

fn begun(registered: Registered) -> RunState<'static> {
    let mut run = RunState::new(&Planner, Input::from("hi"), &Options::default(), registered).expect("it can be run");
    assert!(matches!(run.next(Event::Started), Step::CallModel(_)));
    run
}

fn called(step: Step) -> Vec<ToolCall> {
    match step {
        Step::CallTools(calls) => calls,
        other => panic!("it is no call of tools: {other:?}"),
    }
}

#[test]
fn a_tool_that_was_offered_is_called_though_it_is_gone() {
    let mut run = begun(Registered::default());
    let calls = called(run.next(recorded(&[("a", "gone"), ("b", "weather")], &["gone", "weather"], &[])));
    assert_eq!(calls.iter().map(|call| call.tool.name()).collect::<Vec<_>>(), ["gone", "weather"]);
    assert!(calls[0].tool.is_gone() && !calls[1].tool.is_gone());
    let failed = |kind| Done::of(Err(ToolFailure { kind, message: "no".into() }));
    let step = run.next(Event::ToolsDone(vec![failed(ToolFailureKind::Gone), Done::of(Ok("rain".into()))]));
    let Step::CallModel(call) = step else { panic!("the run goes on: {step:?}") };
    let told = "Tool 'gone' not found. Available tools: weather, book, transfer_to_refunds.";
    assert_eq!(call.conversation.items_from(3), [output("a", told), output("b", "rain")]);
}

#[test]
fn what_the_app_has_beside_its_agents_is_called_for_what_they_had() {
    let kept = AnyTool::gone("kept");
    let mut run = begun([("kept".to_owned(), kept.clone())].into_iter().collect::<BTreeMap<_, _>>().into());
    let calls = called(run.next(recorded(&[("a", "kept")], &["kept"], &[])));
    assert!(calls[0].tool.is(&kept), "it is the app's own");
}

#[test]
fn what_was_not_offered_is_no_tool_though_there_is_one_now() {
    let step = begun(Registered::default()).next(recorded(&[("a", "weather")], &[], &[]));
    let Step::Finish(Err(error)) = step else { panic!("it fails: {step:?}") };
    assert_eq!(error.kind.to_string(), "Tool weather not found in agent Planner");
}

#[test]
fn a_call_is_what_it_was_when_a_tool_takes_the_name_of_a_handoff() {
    let calls = called(begun(Registered::default()).next(recorded(
        &[("a", "transfer_to_refunds")],
        &["transfer_to_refunds"],
        &[],
    )));
    assert_eq!(calls[0].tool.name(), "transfer_to_refunds");
    let mut run = begun(Registered::default());
    let step = run.next(recorded(&[("a", "transfer_to_refunds")], &[], &["transfer_to_refunds"]));
    assert!(matches!(step, Step::CallModel(_)) && run.agent().name() == "Refunds");
}

#[test]
fn a_handoff_that_is_gone_is_told_and_the_run_stays() {
    let mut run = begun(Registered::default());
    let step = run.next(recorded(&[("a", "transfer_to_nobody")], &[], &["transfer_to_nobody"]));
    let Step::CallModel(call) = step else { panic!("the run goes on: {step:?}") };
    assert_eq!(run.agent().name(), "Planner");
    let told = "Tool 'transfer_to_nobody' not found. Available tools: weather, book, transfer_to_refunds.";
    assert_eq!(call.conversation.items_from(2), [output("a", told)]);
    let progress = Progress { handed_over: vec!["transfer_to_nobody".to_owned()], ..run.progress() };
    let run = begun(Registered::default()).at(progress).expect("it goes on");
    assert_eq!(run.agent().name(), "Planner", "so it does as a new run of its workflow");
}
