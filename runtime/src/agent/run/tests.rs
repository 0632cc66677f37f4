//! The loop, row by row: events in, steps out, no I/O anywhere.

use super::*;
use crate::{
    agent::{Agent, AgentOptions, AgentSpec, Handoff, HandoffSpec, OutputFn, ToolNotFound, ToolUse, step::Done},
    effects::{AskedBy, ModelCall, ToolCall},
    model::{ModelError, ModelResponse, ModelSettings, Usage},
    tool::{self, AnyTool, ArgDef, Invocation, Runs, ToolDef, ToolError, ToolFailure, ToolFailureKind, ToolOptions},
};
use futures::future::BoxFuture;
use serde_json::json;
use std::collections::VecDeque;

fn not_run(_: Invocation) -> BoxFuture<'static, Result<Value, ToolError>> {
    Box::pin(async { unreachable!("the loop runs nothing itself") })
}

const WEATHER: ToolDef = ToolDef {
    name: "weather",
    description: "Current weather",
    module: "tests",
    item: "weather",
    args: &[ArgDef::new::<String>("city", "")],
    states: &[],
    options: ToolOptions::DEFAULT,
    run: Runs::Function(not_run),
};

const BOOK: ToolDef = ToolDef { name: "book", item: "book", ..WEATHER };
/// A tool that is named like the handoff to `Refunds`.
const SHADOWED: ToolDef = ToolDef { name: "transfer_to_refunds", item: "shadowed", ..WEATHER };

const SETTINGS: ModelSettings = ModelSettings {
    temperature: None,
    top_p: None,
    max_tokens: None,
    tool_choice: None,
    parallel_tool_calls: None,
    reasoning: None,
    metadata: None,
    provider_options: None,
};

pub(super) struct Planner;
struct Refunds;
struct Structured;

static PLANNER: AgentSpec = spec(
    "Planner",
    &[&[&WEATHER], &[&BOOK, &SHADOWED]],
    &[HandoffSpec::to(|| &REFUNDS), HandoffSpec::to(|| &STRUCTURED)],
    None,
);
static REFUNDS: AgentSpec = spec("Refunds", &[], &[], None);
static STRUCTURED: AgentSpec =
    spec("Structured", &[], &[HandoffSpec::to(|| &REFUNDS)], Some(tool::schema::output_of::<Vec<u32>>));

const fn spec(
    name: &'static str,
    toolsets: &'static [&'static [&'static ToolDef]],
    handoffs: &'static [HandoffSpec],
    output: Option<OutputFn>,
) -> AgentSpec {
    AgentSpec {
        name,
        description: "",
        path: name,
        type_name: None,
        model: "m",
        toolsets,
        hosted: &[],
        handoffs,
        output,
        max_turns: None,
        settings: SETTINGS,
        options: AgentOptions::DEFAULT,
    }
}

macro_rules! agent {
    ($agent:ident, $spec:ident, $output:ty, [$($handoff:ident),*]) => {
        impl Agent for $agent {
            type Output = $output;
            const SPEC: &'static AgentSpec = &$spec;
            fn instructions(&self) -> Option<String> {
                Some(concat!("You are ", stringify!($agent)).to_owned())
            }
            fn handoffs(&self) -> Vec<Handoff> {
                vec![$(Handoff::to($handoff)),*]
            }
        }
    };
}
agent!(Planner, PLANNER, String, [Refunds, Structured]);
agent!(Refunds, REFUNDS, String, []);
agent!(Structured, STRUCTURED, Vec<u32>, [Refunds]);

fn said(text: &str) -> Item {
    Item::assistant(text)
}

pub(super) fn call(id: &str, name: &str, arguments: &str) -> Item {
    Item::function_call(id, name, arguments)
}

pub(super) fn output(id: &str, text: &str) -> Item {
    Item::function_call_output(id, text)
}

fn answered(items: Vec<Item>) -> Event {
    let usage = Usage { requests: 1, input_tokens: 10, output_tokens: 5, ..Usage::default() };
    Event::ModelAnswered(Ok(ModelResponse { id: None, items, usage, cost: None, offered: None }))
}

/// What a scripted run did: the agent and turn of each model call, the tools of each batch, and its end.
struct Played {
    models: Vec<ModelCall>,
    batches: Vec<Vec<ToolCall>>,
    end: Result<Answer, RunError>,
}

fn play(agent: &dyn AnyAgent, options: &Options, answers: Vec<Vec<Item>>, tool: ToolScript) -> Played {
    let mut run = RunState::new(agent, Input::from("hi"), options, Registered::default()).expect("it can be run");
    let mut answers = VecDeque::from(answers);
    let (mut models, mut batches) = (Vec::new(), Vec::new());
    let mut event = Event::Started;
    loop {
        event = match run.next(event) {
            Step::CallModel(call) => {
                models.push(call);
                answered(answers.pop_front().expect("the run asks the model more often than the script says"))
            }
            Step::CallTools(calls) => {
                let results = calls.iter().map(|call| Done::of(tool(call))).collect();
                batches.push(calls);
                Event::ToolsDone(results)
            }
            Step::Summarise(call) => Event::Summarised(tool(&call)),
            Step::Finish(end) => return Played { models, batches, end },
        };
    }
}

type ToolScript = fn(&ToolCall) -> Result<Value, ToolFailure>;

#[expect(clippy::unnecessary_wraps, reason = "a script may fail, this one does not")]
fn sunny(call: &ToolCall) -> Result<Value, ToolFailure> {
    Ok(format!("{}: sunny", call.tool.name()).into())
}

fn run(answers: Vec<Vec<Item>>) -> Played {
    play(&Planner, &Options::default(), answers, sunny)
}

fn kind(played: Played) -> RunErrorKind {
    played.end.expect_err("the run must fail").kind
}

#[test]
fn plain_text_is_the_answer() {
    let played = run(vec![vec![said("hello")]]);
    let answer = played.end.expect("an answer");
    assert_eq!((answer.text.as_str(), answer.progress.turn, answer.last_agent.as_str()), ("hello", 1, "Planner"));
    assert_eq!(
        answer.progress.spent.usage(),
        Usage { requests: 1, input_tokens: 10, output_tokens: 5, ..Usage::default() }
    );
    assert_eq!(played.models[0].instructions.as_deref(), Some("You are Planner"));
    assert_eq!(played.models[0].conversation.items(), [Item::user("hi")]);
}

#[test]
fn the_last_message_counts_and_nothing_at_all_is_an_empty_answer() {
    assert_eq!(run(vec![vec![said("first"), said("last")]]).end.expect("an answer").text, "last");
    assert_eq!(run(vec![vec![]]).end.expect("an answer").text, "");
    let thought = Item::Other(json!({"type": "reasoning", "id": "rs", "summary": []}));
    assert_eq!(run(vec![vec![thought]]).end.expect("an answer").text, "");
}

#[test]
fn a_hosted_call_without_a_message_is_no_answer() {
    let search = Item::Other(json!({"type": "web_search_call", "id": "ws", "status": "completed"}));
    let played = run(vec![vec![search], vec![said("found it")]]);
    assert_eq!(played.models.len(), 2);
    assert_eq!(played.end.expect("an answer").text, "found it");
}

#[test]
fn tools_of_a_turn_run_together_and_answer_in_call_order() {
    let asks = vec![call("a", "book", "{\"city\":\"Rome\"}"), said("one moment"), call("b", "weather", "{}")];
    let played = run(vec![asks.clone(), vec![said("done")]]);
    assert_eq!(played.batches.len(), 1, "one batch for the turn");
    let names: Vec<&str> = played.batches[0].iter().map(|call| call.tool.name()).collect();
    assert_eq!(names, ["book", "weather"]);
    assert_eq!(played.batches[0][0].arguments["city"], "Rome");
    assert_eq!(
        played.batches[0][0].asked_by,
        Some(AskedBy { agent: "Planner".to_owned(), call_id: Some("a".to_owned()) })
    );
    let mut expected = vec![Item::user("hi")];
    expected.extend(asks);
    expected.extend([output("a", "book: sunny"), output("b", "weather: sunny")]);
    assert_eq!(
        played.models[1].conversation.items(),
        expected,
        "text beside calls is not final, and outputs follow the calls"
    );
    assert_eq!(played.end.expect("an answer").progress.spent.usage().requests, 2);
}

#[test]
fn results_are_told_as_json_and_strings_as_they_are() {
    #[expect(clippy::unnecessary_wraps, reason = "a script may fail, this one does not")]
    fn forecast(_: &ToolCall) -> Result<Value, ToolFailure> {
        Ok(json!({"sky": "clear", "celsius": 21.5}))
    }
    let played =
        play(&Planner, &Options::default(), vec![vec![call("a", "weather", "{}")], vec![said("ok")]], forecast);
    assert_eq!(played.models[1].conversation.items()[2], output("a", "{\"sky\":\"clear\",\"celsius\":21.5}"));
}

#[test]
fn failing_tools_are_told_to_the_model() {
    let fails: [(ToolScript, &str); 4] = [
        (
            |_| Err(ToolFailure { kind: ToolFailureKind::Failed, message: "no such city".into() }),
            "An error occurred while running the tool. Please try again. Error: no such city",
        ),
        (
            |_| Err(ToolFailure { kind: ToolFailureKind::BadArguments, message: "missing argument at /city".into() }),
            "An error occurred while running the tool. Please try again. Error: missing argument at /city",
        ),
        (
            |_| Err(ToolError::timed_out(&AnyTool::Written(&WEATHER), Duration::from_secs(10)).into()),
            "Tool 'weather' timed out after 10 seconds.",
        ),
        (
            |_| Err(ToolError::too_large("tool", "weather", 3_000_000, 2_000_000).into()),
            "An error occurred while running the tool. Please try again. Error: the result of tool `weather` is \
             3000000 bytes, over the limit of 2000000; return less",
        ),
    ];
    for (tool, told) in fails {
        let played =
            play(&Planner, &Options::default(), vec![vec![call("a", "weather", "{}")], vec![said("ok")]], tool);
        assert_eq!(played.models[1].conversation.items()[2], output("a", told));
        assert_eq!(played.end.expect("the run goes on").text, "ok");
    }
}

#[test]
fn a_fatal_tool_ends_the_run_with_its_siblings_kept() {
    fn fatal(call: &ToolCall) -> Result<Value, ToolFailure> {
        match call.tool.name() {
            "book" => Err(ToolFailure { kind: ToolFailureKind::Fatal, message: "card stolen".into() }),
            _ => Ok("sunny".into()),
        }
    }
    let asks = vec![call("a", "book", "{}"), call("b", "weather", "{}")];
    let error = play(&Planner, &Options::default(), vec![asks], fatal).end.expect_err("fatal");
    assert_eq!(error.kind, RunErrorKind::ToolFatal { tool: "book".into(), message: "card stolen".into() });
    assert_eq!(error.partial.items.last(), Some(&output("b", "sunny")), "the sibling's output is kept");
    assert_eq!((error.partial.turns, error.partial.last_agent.as_str()), (1, "Planner"));
    let asks = vec![call("a", "book", "{}"), call("b", "transfer_to_refunds", "{}")];
    let error = play(&Planner, &Options::default(), vec![asks], fatal).end.expect_err("fatal");
    assert_eq!(error.partial.last_agent, "Planner", "the other agent never had a turn");
}

#[test]
fn arguments_that_are_no_object_are_told_without_running_anything() {
    let asks = vec![call("a", "weather", "{\"city\":"), call("b", "weather", "[1]"), call("c", "weather", "")];
    let played = run(vec![asks, vec![said("ok")]]);
    assert_eq!(played.batches[0].len(), 1, "an empty string is an empty object, and runs");
    let told = &played.models[1].conversation.items_from(4);
    let Item::FunctionCallOutput(first) = &told[0] else { panic!("an output") };
    let first = first.output.as_str().expect("a string");
    assert!(
        first.starts_with(
            "An error occurred while parsing tool arguments. Please try again with valid JSON. Error: EOF"
        ),
        "{first}"
    );
    assert_eq!(
        told[1],
        output(
            "b",
            "An error occurred while parsing tool arguments. Please try again with valid JSON. Error: expected a JSON \
             object"
        )
    );
    assert_eq!(told[2], output("c", "weather: sunny"));
}

#[test]
fn only_bad_arguments_still_make_a_next_turn() {
    let played = run(vec![vec![call("a", "weather", "nonsense")], vec![said("sorry")]]);
    assert!(played.batches.is_empty());
    assert_eq!(played.end.expect("an answer").text, "sorry");
}

#[test]
fn an_unknown_tool_fails_the_run_or_is_told() {
    let asks = || vec![call("a", "teleport", "{}")];
    let error = kind(run(vec![asks()]));
    assert_eq!(error.to_string(), "Tool teleport not found in agent Planner");
    let options = Options { tool_not_found: Some(ToolNotFound::TellModel), ..Options::default() };
    let played = play(&Planner, &options, vec![asks(), vec![said("ok")]], sunny);
    let told = "Tool 'teleport' not found. Available tools: weather, book, transfer_to_refunds.";
    assert_eq!(played.models[1].conversation.items()[2], output("a", told));
}

#[test]
fn turns_are_model_calls_and_bounded() {
    let asks = || vec![call("a", "weather", "{}")];
    let error = play(&Planner, &Options { max_turns: Some(2), ..Options::default() }, vec![asks(), asks()], sunny)
        .end
        .expect_err("too many");
    assert_eq!(error.to_string(), "max turns (2) exceeded");
    assert_eq!((error.partial.turns, error.partial.items.len()), (2, 4));
    let ten: Vec<Vec<Item>> = (0..10).map(|_| asks()).collect();
    assert_eq!(kind(run(ten)), RunErrorKind::MaxTurns { limit: 10 }, "the default");
}

#[test]
fn the_first_handoff_wins_and_the_turn_counter_goes_on() {
    let asks = vec![
        call("a", "weather", "{}"),
        call("b", "transfer_to_refunds", "{}"),
        call("c", "transfer_to_structured", "{}"),
    ];
    let played = run(vec![asks, vec![said("refunded")]]);
    let names: Vec<&str> = played.batches[0].iter().map(|call| call.tool.name()).collect();
    assert_eq!(names, ["weather"], "a handoff wins over the tool of the same name");
    let second = &played.models[1];
    assert_eq!((second.agent.name(), second.turn), ("Refunds", 2));
    assert_eq!(second.instructions.as_deref(), Some("You are Refunds"));
    assert_eq!(
        second.conversation.items()[4..],
        [
            output("a", "weather: sunny"),
            output("b", "{\"assistant\":\"Refunds\"}"),
            output("c", "Multiple handoffs detected, ignoring this one."),
        ]
    );
    assert_eq!(played.end.expect("an answer").last_agent, "Refunds");
}

#[test]
fn tool_choice_is_spent_once_an_agent_has_used_a_tool() {
    let played = run(vec![vec![call("a", "transfer_to_structured", "{}")], vec![said("{\"response\":[1]}")]]);
    assert!(!played.models[0].tool_choice_spent);
    assert!(!played.models[1].tool_choice_spent, "another agent has its own");
    let played = run(vec![vec![call("a", "weather", "{}")], vec![said("ok")]]);
    assert!(played.models[1].tool_choice_spent);
    let search = Item::Other(json!({"type": "web_search_call", "id": "ws"}));
    assert!(run(vec![vec![search], vec![said("ok")]]).models[1].tool_choice_spent, "hosted tools count");
}

#[test]
fn a_refusal_ends_the_run() {
    assert_eq!(
        kind(run(vec![vec![Item::refusal("I can't help with that")]])),
        RunErrorKind::Refused { text: "I can't help with that".into() }
    );
}

#[test]
fn a_structured_answer_is_asked_for_until_there_is_text() {
    let played = play(&Structured, &Options::default(), vec![vec![], vec![said("{\"response\":[1,2]}")]], sunny);
    assert_eq!(played.models.len(), 2);
    assert_eq!(played.models[0].answer_as.map(|spec| spec.name), Some("Structured"));
    assert_eq!(played.end.expect("an answer").text, "{\"response\":[1,2]}");
}

#[test]
fn after_a_handoff_the_answer_still_has_the_runs_output_type() {
    let asks = vec![call("a", "transfer_to_refunds", "{}")];
    let played = play(&Structured, &Options::default(), vec![asks, vec![said("{\"response\":[7]}")]], sunny);
    assert_eq!(played.models[1].answer_as.map(|spec| spec.name), Some("Structured"));
    let answer = played.end.expect("an answer");
    assert_eq!((answer.last_agent.as_str(), answer.text.as_str()), ("Refunds", "{\"response\":[7]}"));

    let asks = vec![call("a", "transfer_to_structured", "{}")];
    let played = run(vec![asks, vec![said("{\"response\":[7]}")]]);
    assert_eq!(played.models[0].answer_as.map(|spec| spec.name), None);
    assert_eq!(played.models[1].answer_as.map(|spec| spec.name), Some("Structured"), "text of that form is text too");
}

#[test]
fn a_failed_model_call_ends_the_run_with_what_there_was() {
    let mut run =
        RunState::new(&Planner, Input::from("hi"), &Options::default(), Registered::default()).expect("it can be run");
    run.next(Event::Started);
    run.next(answered(vec![call("a", "weather", "{}")]));
    run.next(Event::ToolsDone(vec![Done::of(Ok("sunny".into()))]));
    let error = ModelError::new(crate::model::ModelErrorClass::Quota, "no credit left");
    let Step::Finish(Err(failed)) = run.next(Event::ModelAnswered(Err(error.clone()))) else { panic!("the end") };
    assert_eq!(failed.kind, RunErrorKind::Model(error));
    assert_eq!(failed.partial.items, [call("a", "weather", "{}"), output("a", "sunny")]);
}

#[test]
fn each_agent_begins_with_its_first_model() {
    let options = Options { fallback_models: Some(vec!["n".into()]), ..Options::default() };
    let mut run = RunState::new(&Planner, Input::from("hi"), &options, Registered::default()).expect("it can be run");
    let asked = |step: Step| match step {
        Step::CallModel(call) => (call.agent.name().to_owned(), call.model.to_string(), call.turn),
        step => panic!("{step:?}"),
    };
    let is = |agent: &str, model: &str, turn| (agent.to_owned(), model.to_owned(), turn);
    let failed = || Event::ModelAnswered(Err(ModelError::new(crate::model::ModelErrorClass::Quota, "no credit left")));
    assert_eq!(asked(run.next(Event::Started)), is("Planner", "m", 1));
    assert_eq!(asked(run.next(failed())), is("Planner", "n", 1), "the turn is the same");
    run.next(answered(vec![call("a", "weather", "{}")]));
    let step = run.next(Event::ToolsDone(vec![Done::of(Ok("sunny".into()))]));
    assert_eq!(asked(step), is("Planner", "n", 2), "it stays with what has answered");
    assert_eq!(asked(run.next(answered(vec![call("b", "transfer_to_refunds", "{}")]))), is("Refunds", "m", 3));
    assert_eq!(asked(run.next(failed())), is("Refunds", "n", 3));
    let Step::Finish(Err(error)) = run.next(failed()) else { panic!("there is no other") };
    assert_eq!((error.kind.code(), error.partial.turns), ("ModelError", 3));
}

#[test]
fn the_same_events_lead_to_the_same_steps() {
    let script = || vec![vec![call("a", "weather", "{}"), call("b", "book", "{}")], vec![said("done")]];
    let (first, second) = (run(script()), run(script()));
    assert_eq!(format!("{:?}{:?}", first.models, first.batches), format!("{:?}{:?}", second.models, second.batches));
}

/// An agent whose answer is what its first tool puts out.
struct Hasty;
static HASTY: AgentSpec = {
    let mut spec = spec("Hasty", &[&[&WEATHER]], &[], None);
    spec.options.tool_use = ToolUse::StopOnFirst;
    spec
};
agent!(Hasty, HASTY, String, []);

#[test]
fn a_rich_output_is_told_as_its_parts_and_answers_as_its_text() {
    let drawn: ToolScript = |_| {
        let output = tool::ToolOutput::new().text("a map").image_url("u").text("of Rome");
        Ok(serde_json::to_value(output).expect("it serialises"))
    };
    let parts = json!([
        {"type": "input_text", "text": "a map"},
        {"type": "input_image", "image_url": "u"},
        {"type": "input_text", "text": "of Rome"},
    ]);
    let asks = || vec![call("a", "weather", "{}")];
    let told = Item::function_call_output("a", parts);
    let played = play(&Planner, &Options::default(), vec![asks(), vec![said("done")]], drawn);
    assert_eq!(played.models[1].conversation.items().last(), Some(&told));
    assert_eq!(played.end.expect("an answer").text, "done");
    let answer = play(&Hasty, &Options::default(), vec![asks()], drawn).end.expect("an answer");
    assert_eq!((answer.text.as_str(), answer.is_tool_output), ("a map\nof Rome", true));
    assert_eq!(answer.progress.conversation.items().last(), Some(&told));
}

#[test]
fn any_other_output_answers_as_it_is_told() {
    for (output, text) in [(json!("sunny"), "sunny"), (json!({"sky": "grey"}), "{\"sky\":\"grey\"}"), (json!([]), "[]")]
    {
        let mut run = RunState::new(&Hasty, Input::from("hi"), &Options::default(), Registered::default())
            .expect("it can be run");
        run.next(Event::Started);
        run.next(answered(vec![call("a", "weather", "{}")]));
        let Step::Finish(Ok(answer)) = run.next(Event::ToolsDone(vec![Done::of(Ok(output))])) else {
            panic!("it ends")
        };
        assert_eq!(answer.text, text);
        let told = Item::function_call_output("a", text);
        assert_eq!(answer.progress.conversation.items().last(), Some(&told));
    }
}
