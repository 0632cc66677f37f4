//! What one run, or one agent, decides about its runs: models, settings, filters, repairs, answers in place of errors.

use crate::server;
use serde_json::{Value, json};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use steadfast::{
    ByReference, RunError, RunErrorKind, Target, ToolNotFound,
    filters::{self, HandoffInput, ModelInput},
    model::{Item, ModelErrorClass, ModelSettings},
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// How many calls of [`slow`] there are, and how many there were at most.
#[derive(Clone, Default)]
struct Load(Arc<[AtomicUsize; 2]>);

/// Takes its time.
#[tool]
async fn slow(n: u32, load: State<Load>) -> u32 {
    let now = load.0[0].fetch_add(1, Ordering::SeqCst) + 1;
    load.0[1].fetch_max(now, Ordering::SeqCst);
    tokio::time::sleep(std::time::Duration::from_millis(150)).await;
    load.0[0].fetch_sub(1, Ordering::SeqCst);
    n
}

/// Answers in numbers.
#[derive(Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Answer {
    number: u32,
}

#[agent(model = "first", fallback_models = ["second", "third"], temperature = 0.5, max_tokens = 9, tools = [slow])]
struct Careful;

#[agent(model = "m", output = Answer, repair_turns = 1, max_turns = 4)]
struct Precise;

#[agent(model = "m", instructions = "You take calls.", handoffs = [Refunds], tools = [slow])]
struct Desk;

#[agent(model = "m", instructions = "You refund.")]
struct Refunds;

#[agent(
    model = "m",
    instructions = "You pass on.",
    handoffs = [Desk],
    handoff_filter = filters::remove_all_tools,
    input_filter = hush,
    tools = [slow],
    tool_concurrency = 2,
)]
struct Switch;

/// What is secret is not shown.
fn hush(input: &mut ModelInput<'_>) {
    input.conversation.retain(|item| !matches!(item, Item::Message(message) if message.text().contains("secret")));
    input.instructions = input.instructions.as_ref().map(|text| format!("{text} Turn {}.", input.turn));
}

async fn app(name: &str, reply: fn(&Asked) -> Reply) -> (App, ModelServer) {
    let model = ScriptedModel::answering(reply).start().await.expect("a port");
    let app = server::app(name).await.state(Load::default()).provider("openai", model.provider());
    (app, model)
}

/// The requests since the last time.
fn since(model: &ModelServer, seen: &mut usize) -> Vec<Asked> {
    let requests = model.requests();
    let new = requests[*seen..].to_vec();
    *seen = requests.len();
    new
}

#[workflow]
async fn settled() -> Result<(String, Vec<String>)> {
    let settings = ModelSettings { temperature: Some(0.0), ..ModelSettings::default() };
    let run = Careful.run("Hi").model("other").settings(settings).metadata("desk", "7").metadata("ticket", "a").await?;
    Ok((run.output, run.shares.into_iter().map(|share| share.model).collect()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_may_ask_another_model_with_other_settings() {
    let (app, model) = app("settled", |_| Reply::says("Hello.")).await;
    let app = app.workflow(settled);
    let worker = server::worker(&app).await;
    let run = app.start(settled, ()).await.expect("it starts");
    let expected = ("Hello.".to_owned(), vec!["other".to_owned()]);
    assert_eq!(server::result(&run).await.expect("it ends well"), expected);
    assert_eq!(app.inline(settled()).await.expect("it ends well"), expected);
    for asked in model.requests() {
        let sent = [&asked.body["model"], &asked.body["temperature"], &asked.body["max_output_tokens"]];
        assert_eq!(sent, [&json!("other"), &json!(0.0), &json!(9)]);
        assert_eq!(asked.body["metadata"], json!({"desk": "7", "ticket": "a"}));
    }
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
    let provider_options = json!({"input": "something else"}).as_object().cloned();
    let settings = ModelSettings { provider_options, ..ModelSettings::default() };
    let error = app.inline(Careful.run("Hi").settings(settings)).await.expect_err("it cannot be asked so");
    assert_eq!(error.to_string(), "the run's `provider_options` have `input`, which is what a request is made of");
}

#[workflow]
async fn fallen_back(models: Option<Vec<String>>) -> Result<(String, Vec<String>, u32)> {
    let run = Careful.run("Hi");
    let run = match models {
        Some(models) => run.fallback_models(models).await?,
        None => run.await?,
    };
    Ok((run.output, run.shares.into_iter().map(|share| share.model).collect(), run.turns))
}

#[tokio::test(flavor = "multi_thread")]
async fn when_a_model_cannot_answer_another_one_does_to_the_end() {
    // The first has no credit, the second is unknown; the third answers, and is asked from then on.
    let (app, model) = app("fallback", |asked| match (asked.model(), asked.turn()) {
        ("first", _) => {
            Reply::fails_with(429, [], r#"{"error": {"message": "no credit", "code": "insufficient_quota"}}"#)
        }
        ("second", _) => Reply::fails(404),
        (_, 0) => Reply::call("slow", json!({"n": 1})),
        _ => Reply::says("Hello."),
    })
    .await;
    let app = app.workflow(fallen_back);
    let worker = server::worker(&app).await;
    let run = app.start(fallen_back, None).await.expect("it starts");
    let expected = ("Hello.".to_owned(), vec!["third".to_owned()], 2);
    assert_eq!(server::result(&run).await.expect("it ends well"), expected);
    server::replayed(&app, &run).await;
    let asked: Vec<String> = model.requests().iter().map(|asked| asked.model().to_owned()).collect();
    assert_eq!(asked, ["first", "second", "third", "third"]);
    assert_eq!(app.inline(fallen_back(None)).await.expect("it ends well"), expected);
    worker.stop().await.expect("it stops");

    let error = app.inline(Careful.run("Hi").fallback_models(["second"])).await.expect_err("both fail");
    assert!(matches!(&error.kind, RunErrorKind::Model(error) if error.class == ModelErrorClass::NotFound), "{error:?}");
    let none: [&str; 0] = [];
    let error = app.inline(Careful.run("Hi").fallback_models(none)).await.expect_err("there is no other");
    assert!(matches!(&error.kind, RunErrorKind::Model(error) if error.class == ModelErrorClass::Quota), "{error:?}");
}

#[agent(model = "broken", retries = 0, output = Answer)]
struct Broken;

#[agent(model = "silent", output = Answer)]
struct Silent;

#[workflow]
async fn in_turn((input, both): (String, bool)) -> Result<(u32, String, Vec<String>)> {
    let precise = Precise;
    let run = Broken.run(&input).or_run(&Silent);
    let run = if both { run.or_run(&precise) } else { run };
    let run = run.await?;
    Ok((run.output.number, run.last_agent, run.shares.into_iter().map(|share| share.agent).collect()))
}

#[tokio::test(flavor = "multi_thread")]
async fn when_an_agent_has_no_answer_another_one_may() {
    let (app, model) = app("in-turn", |asked| match asked.model() {
        "broken" => Reply::fails(503),
        "silent" => Reply::refuses("I would rather not"),
        _ => Reply::says_json(&json!({"number": 7})),
    })
    .await;
    let app = app.workflow(in_turn);
    let worker = server::worker(&app).await;
    let shares = vec!["Silent".to_owned(), "Precise".to_owned()];
    let run = app.start(in_turn, ("How many?".to_owned(), true)).await.expect("it starts");
    let expected = (7, "Precise".to_owned(), shares);
    assert_eq!(server::result(&run).await.expect("it ends well"), expected);
    server::replayed(&app, &run).await;
    assert_eq!(app.inline(in_turn(("How many?".to_owned(), true))).await.expect("it ends well"), expected);
    let run = app.start(in_turn, ("How many?".to_owned(), false)).await.expect("it starts");
    let error = server::result(&run).await.expect_err("nobody answers");
    assert!(error.to_string().contains("the model refused"), "{error}");
    let asked: Vec<String> = model.requests().iter().map(|asked| asked.model().to_owned()).collect();
    assert_eq!(asked[..3], ["broken", "silent", "m"]);
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn all_of(inputs: Vec<String>) -> Result<Vec<std::result::Result<u32, String>>> {
    let runs = Precise.run_all(inputs).at_once(2).each(|run| run.repair_turns(0)).await;
    Ok(runs
        .into_iter()
        .map(|run| run.map(|run| run.output.number).map_err(|error| error.kind.code().to_owned()))
        .collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_of_many_runs_has_its_own_result_in_its_place() {
    let (app, model) = app("all", |asked| match asked.user_text().unwrap_or_default() {
        "refuse" => Reply::refuses("no"),
        "slow" => Reply::says_json(&json!({"number": 0})).delay(std::time::Duration::from_millis(500)),
        "words" => Reply::says("seven"),
        number => Reply::says_json(&json!({"number": number.parse().unwrap_or(99)})),
    })
    .await;
    let app = app.workflow(all_of);
    let worker = server::worker(&app).await;
    let inputs: Vec<String> = ["slow", "1", "refuse", "2", "words", "3"].map(str::to_owned).into();
    let failed = |code: &str| Err(code.to_owned());
    let expected = vec![Ok(0), Ok(1), failed("Refused"), Ok(2), failed("InvalidOutput"), Ok(3)];
    let run = app.start(all_of, inputs.clone()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), expected);
    server::replayed(&app, &run).await;
    assert_eq!(app.inline(all_of(inputs)).await.expect("it ends well"), expected);
    assert_eq!(model.requests().len(), 12);
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn repaired((turns, fix): (Option<u32>, bool)) -> Result<(u32, u32)> {
    let run = Precise.run("How many?");
    let run = match turns {
        Some(turns) => run.repair_turns(turns),
        None => run,
    };
    let run = run.on_error(move |error| match error.kind {
        RunErrorKind::InvalidOutput { .. } | RunErrorKind::MaxTurns { .. } if fix => Some(Answer { number: 0 }),
        _ => None,
    });
    let run = run.await?;
    Ok((run.output.number, run.turns))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_is_told_that_its_answer_is_none() {
    // The third answer is one.
    let (app, model) = app("repaired", |asked| match asked.turn() {
        0 => Reply::says("about seven"),
        1 => Reply::says_json(&json!({"number": -7})),
        _ => Reply::says_json(&json!({"number": 7})),
    })
    .await;
    let app = app.workflow(repaired);
    let worker = server::worker(&app).await;
    let mut seen = 0;
    for (input, expected) in [
        ((Some(2), false), Ok((7, 3))),
        ((None, false), Err("the answer of agent `Precise` is not a valid output: invalid value: integer `-7`")),
        ((Some(0), false), Err("the answer of agent `Precise` is not a valid output: expected value")),
        ((Some(0), true), Ok((0, 1))),
        ((None, true), Ok((0, 2))),
    ] {
        let run = app.start(repaired, input).await.expect("it starts");
        for ended in [server::result(&run).await, app.inline(repaired(input)).await] {
            match (ended, expected) {
                (Ok(came), Ok(expected)) => assert_eq!(came, expected, "{input:?}"),
                (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
                (ended, _) => panic!("{input:?}: {ended:?}"),
            }
        }
        server::replayed(&app, &run).await;
        if input == (Some(2), false) {
            let asked = since(&model, &mut seen);
            let told = asked[2].input_items().last().expect("there is one");
            let text = "Your answer could not be read: invalid value: integer `-7`, expected u32 at line 1 column 12. \
                        Answer again, in the required format and with nothing else.";
            assert_eq!(told, &json!({"role": "user", "content": text}));
        }
    }
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn passed_on(nest: bool) -> Result<(Vec<Value>, String)> {
    let run = Desk.run("The secret is 7. Refund me!");
    let run = if nest { run.handoff_filter(filters::nest_history).await? } else { run.input_filter(hush).await? };
    Ok((run.items().iter().filter_map(|item| serde_json::to_value(item).ok()).collect(), run.last_agent))
}

/// Hands over at once, with a call of a tool beside it.
fn handing_over(asked: &Asked) -> Reply {
    let offered = asked.tool_names();
    let handoff = offered.iter().find(|name| name.starts_with("transfer_to_")).map(|name| (*name).to_owned());
    match handoff {
        Some(handoff) => Reply::calls([("slow".to_owned(), json!({"n": 1})), (handoff, json!({}))]),
        None => Reply::says("Done."),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_decide_what_models_are_shown_and_nothing_is_lost() {
    let (app, model) = app("filtered", handing_over).await;
    // By reference, as larger ones are: the worker has to find what was shown, and not what was said.
    let app = app.workflow(passed_on).by_reference(ByReference::default().over(0));
    let worker = server::worker(&app).await;
    let mut seen = 0;
    for nest in [true, false] {
        let run = app.start(passed_on, nest).await.expect("it starts");
        let durable = server::result(&run).await.expect("it ends well");
        let (items, last) = &durable;
        let kinds: Vec<&str> = items.iter().filter_map(|item| item["type"].as_str()).collect();
        let all = ["function_call", "function_call", "function_call_output", "function_call_output", "message"];
        assert_eq!((kinds.as_slice(), last.as_str()), (all.as_slice(), "Refunds"));
        server::replayed(&app, &run).await;
        for _ in 0..2 {
            let asked = since(&model, &mut seen);
            let shown: Vec<&[Value]> = asked.iter().map(Asked::input_items).collect();
            assert_eq!((shown.len(), shown[1].len()), (2, if nest { 1 } else { 4 }), "{shown:?}");
            if nest {
                let text = shown[1][0]["content"][0]["text"].as_str().expect("a message");
                assert!(text.contains("1. user: The secret is 7. Refund me!\n2. function_call: {"), "{text}");
            } else {
                assert!(!asked.iter().any(|asked| asked.body.to_string().contains("secret")), "{shown:?}");
                assert_eq!(asked[1].instructions(), Some("You refund. Turn 2."));
            }
            if seen == model.requests().len() {
                app.inline(passed_on(nest)).await.map(|inline| assert_eq!(inline, durable)).expect("it ends well");
            }
        }
        seen = model.requests().len();
    }
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_own_filter_goes_before_the_runs() {
    let (app, model) = app("own-filter", handing_over).await;
    let run = Switch.run("Hello").handoff_filter(|handoff: &mut HandoffInput<'_>| {
        // What was left of the first handoff, and what has come since.
        assert_eq!((handoff.from, handoff.to, handoff.conversation.len()), ("Desk", "Refunds", 1 + 4));
        handoff.conversation = vec![Item::user("only this")].into();
    });
    let run = app.inline(run).await.expect("it ends well");
    assert_eq!((run.last_agent.as_str(), run.turns), ("Refunds", 3));
    let requests = model.requests();
    assert_eq!(requests[0].instructions(), Some("You pass on. Turn 1."));
    assert_eq!(requests[1].input_items(), [json!({"role": "user", "content": "Hello"})]);
    assert_eq!(requests[2].input_items(), [json!({"role": "user", "content": "only this"})]);
    assert_eq!(run.conversation.len(), 1 + 4 + 4 + 1, "nothing is lost");
}

#[workflow]
async fn filtered_for_long() -> Result<(Vec<String>, usize)> {
    let mut answers = Vec::new();
    let mut conversation = steadfast::model::Conversation::new();
    for round in 0..6 {
        conversation.push(Item::user(format!("secret number {round}, and a wish")));
        let run = Switch.run(conversation).await?;
        answers.push(run.output);
        conversation = run.conversation;
    }
    Ok((answers, conversation.len()))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_filtered_goes_along_into_another_history() {
    let (app, _model) = app("filtered-for-long", handing_over).await;
    let app = app.workflow(filtered_for_long).target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let run = app.start(filtered_for_long, ()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    assert!(server::all_replayed(&app, &run).await.len() > 1);
    assert_eq!(app.inline(filtered_for_long()).await.expect("the same in-process"), durable);
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn side_by_side(most: Option<usize>) -> Result<Vec<Value>> {
    let run = Switch.run("Go");
    let run = match most {
        Some(most) => run.tool_concurrency(most).await?,
        None => run.await?,
    };
    let items = run.items().into_iter().filter_map(|item| serde_json::to_value(item).ok());
    Ok(items.filter_map(|item| item.get("output").cloned()).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn so_many_tools_are_called_at_once_and_answer_in_order() {
    let reply = |asked: &Asked| match asked.turn() {
        0 => Reply::calls((0..6).map(|n| ("slow", json!({"n": n})))),
        _ => Reply::says("Done."),
    };
    let load = Load::default();
    let model = ScriptedModel::answering(reply).start().await.expect("a port");
    let app = server::app("side-by-side").await.workflow(side_by_side).state(load.clone());
    let app = app.provider("openai", model.provider());
    let worker = server::worker(&app).await;
    for (most, at_once) in [(None, 2), (Some(1), 1), (Some(0), 1), (Some(9), 6)] {
        let run = app.start(side_by_side, most).await.expect("it starts");
        let expected: Vec<Value> = (0..6).map(|n| json!(n.to_string())).collect();
        let outputs = server::result(&run).await.expect("it ends well");
        assert_eq!((outputs, load.0[1].swap(0, Ordering::SeqCst)), (expected.clone(), at_once), "{most:?}");
        let outputs = app.inline(side_by_side(most)).await.expect("it ends well");
        assert_eq!((outputs, load.0[1].swap(0, Ordering::SeqCst)), (expected, at_once), "{most:?}");
        server::replayed(&app, &run).await;
    }
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_answers_in_place_of_an_error_is_asked_about_each_but_not_over_a_guardrail() {
    let (app, _model) = app("in-place", |asked| match asked.user_text() {
        Some("refuse" | "refuse, secretly") => Reply::refuses("I would rather not"),
        Some("fail") => Reply::fails(400),
        _ => Reply::call("slow", json!({"n": 1})),
    })
    .await;
    let app = app.agent::<Guarded>().agent::<Watched>();
    let instead = |error: &RunError| Some(format!("{}: {}", error.kind.code(), error.partial.turns));
    for (input, expected) in [("refuse", "Refused: 1"), ("fail", "ModelError: 1"), ("go round", "MaxTurns: 10")] {
        let run = app.inline(Desk.run(input).on_error(instead)).await.expect("it ends well");
        assert_eq!((run.output.as_str(), run.last_agent.as_str()), (expected, "Desk"));
    }
    let run = Desk.run("go slowly").timeout(std::time::Duration::from_millis(50)).on_error(instead);
    assert_eq!(app.inline(run).await.expect("it ends well").output, "TimedOut: 1");
    let error = app.inline(Guarded.run("refuse").on_error(instead)).await.expect_err("the guardrail has the last word");
    assert_eq!(error.kind.code(), "GuardrailTripped");
    // Nor may it answer for an input that guardrails have not let in yet.
    let watched = Watched.run("refuse, secretly").on_error(instead);
    let error = app.inline(watched).await.expect_err("the guardrail is slower than the model");
    assert_eq!(error.kind.code(), "GuardrailTripped");
    let watched = Watched.run("refuse, secretly").timeout(std::time::Duration::from_millis(50)).on_error(instead);
    let error = app.inline(watched).await.expect_err("nobody has let it in");
    assert_eq!(error.kind.code(), "TimedOut");
}

/// No secrets, and takes its time.
#[guardrail]
async fn no_secrets(input: String) -> Verdict {
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    if input.contains("secret") { Verdict::trip("a secret") } else { Verdict::Pass }
}

#[agent(model = "m", input_guardrails = [no_secrets])]
struct Watched;

/// No codes.
#[guardrail]
fn no_codes(answer: String) -> Verdict {
    if answer.contains("Refused") { Verdict::trip("a code") } else { Verdict::Pass }
}

#[agent(model = "m", output_guardrails = [no_codes])]
struct Guarded;

#[agent(
    model = "m",
    output = Answer,
    max_turns = 3,
    tool_not_found = "tell_model",
    on_error = Self::none_yet,
    metadata = { "team": "counters", "desk": "1" },
)]
struct Forgiving;

impl Forgiving {
    fn none_yet(error: &RunError) -> Option<Answer> {
        matches!(error.kind, RunErrorKind::MaxTurns { .. }).then_some(Answer { number: error.partial.turns })
    }
}

#[workflow]
async fn forgiving((input, strict): (String, bool)) -> Result<u32> {
    let mut run = Forgiving.run(&input).metadata("desk", "2");
    if strict {
        run = run.tool_not_found(ToolNotFound::Fail).on_error(|_| Some(Answer { number: 99 }));
    }
    // It is there for when all others have failed.
    let other = Precise;
    Ok(if input == "either" { run.or_run(&other).await?.output.number } else { run.await?.output.number })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_says_what_becomes_of_its_errors_and_a_run_says_it_better() {
    let (app, model) = app("forgiving", |asked| match asked.user_text() {
        Some("refuse") => Reply::refuses("I would rather not"),
        // The other agent, which has no metadata of its own.
        Some("either") if asked.body["metadata"]["team"].is_null() => Reply::says_json(&json!({"number": 7})),
        _ => Reply::call("nap", json!({})),
    })
    .await;
    let app = app.workflow(forgiving);
    let worker = server::worker(&app).await;
    let table = [
        (("go", false), Ok(3)),
        (("refuse", false), Err("Refused")),
        (("go", true), Ok(99)),
        (("either", false), Ok(7)),
    ];
    for ((input, strict), expected) in table {
        let input = (input.to_owned(), strict);
        let inline = app.inline(forgiving(input.clone())).await.map_err(|error| error.code().to_owned());
        let run = app.start(forgiving, input).await.expect("it starts");
        let durable = server::result(&run).await.map_err(|error| error.code().to_owned());
        server::replayed(&app, &run).await;
        assert_eq!((&inline, &durable), (&expected.map_err(str::to_owned), &inline));
    }
    let requests = model.requests();
    assert_eq!(requests[0].body["metadata"], json!({"team": "counters", "desk": "2"}), "the run's wins, key by key");
    assert_eq!(requests[1].tool_output("call_1_1"), Some(&json!("Tool 'nap' not found. Available tools: .")));
    worker.stop().await.expect("it stops");
}
