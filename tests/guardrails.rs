//! Guardrails: on what goes into a run and a tool, and on what comes out.

use crate::server;
use serde_json::{Value, json};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use steadfast::{
    Guarded, Judgement, RunErrorKind, Target, WorkflowError,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// What guardrails were shown, in order.
#[derive(Clone, Default)]
struct Shown(Arc<Mutex<Vec<String>>>);

impl Shown {
    fn note(&self, what: impl Into<String>) {
        self.0.lock().expect("nobody panics").push(what.into());
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("nobody panics"))
    }
}

/// Keeps the talk on travelling.
#[guardrail]
async fn about_trips(input: String, shown: State<Shown>) -> Verdict {
    tokio::task::yield_now().await;
    shown.note(format!("about_trips: {input}"));
    if input.contains("weapon") {
        return Verdict::trip("that is no trip").with(json!({"word": "weapon"}));
    }
    Verdict::Pass
}

#[guardrail(blocking, name = "short-enough", retries = 1)]
fn short(input: String, shown: State<Shown>, context: ToolContext) -> Result<Verdict, ToolError> {
    assert_eq!((context.agent.as_deref(), context.call_id.as_deref()), (Some("Planner"), None));
    if context.attempt == 1 {
        return Err(ToolError::new("cannot count yet"));
    }
    shown.note(format!("short: {}", input.len()));
    Ok(if input.len() > 40 { Verdict::reject("too long") } else { Verdict::Pass })
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Plan {
    city: String,
    price: u32,
}

/// Looks at the price alone.
#[guardrail(local)]
fn affordable(plan: Plan, shown: State<Shown>) -> Verdict {
    shown.note(format!("affordable: {}", plan.price));
    if plan.price > 1000 { Verdict::trip("too dear").with(plan) } else { Verdict::Pass }
}

/// Fails where it is asked to.
#[guardrail(inline)]
fn consistent(plan: Value) -> Result<Verdict, ToolError> {
    if plan["city"] == "Nowhere" { Err(ToolError::new("no such city")) } else { Ok(Verdict::Pass) }
}

/// Looks at the sum alone.
#[guardrail]
fn small_sums(call: Sum) -> Verdict {
    if call.euros > 100 { Verdict::reject("Not more than 100 euros at once.") } else { Verdict::Pass }
}

#[derive(Deserialize, JsonSchema)]
struct Sum {
    euros: u32,
}

#[guardrail]
fn no_secrets(output: String) -> Verdict {
    match output.as_str() {
        "the code is 7" => Verdict::reject("[something secret]"),
        "the key" => Verdict::trip("a key got out"),
        _ => Verdict::Pass,
    }
}

/// Pays.
#[tool(input_guardrails = [small_sums], output_guardrails = [no_secrets])]
fn pay(euros: u32, shown: State<Shown>) -> String {
    shown.note(format!("paid: {euros}"));
    match euros {
        7 => "the code is 7".to_owned(),
        13 => "the key".to_owned(),
        _ => format!("{euros} paid"),
    }
}

/// Watches over the tone.
#[agent(model = "m", instructions = "You judge.", output = Judgement)]
struct Polite;

#[agent(
    model = "m",
    instructions = "You plan.",
    tools = [pay],
    handoffs = [Closer],
    output = Plan,
    input_guardrails = [about_trips, short, Polite],
    output_guardrails = [affordable, consistent],
    max_turns = 100,
)]
struct Planner;

#[agent(model = "m", instructions = "You close.", input_guardrails = [never], output = Plan)]
struct Closer;

/// Is of an agent that no run begins with.
#[guardrail]
fn never(input: String) -> Verdict {
    Verdict::trip(input)
}

#[workflow]
async fn plan(wish: String) -> Result<(String, u64)> {
    let run = Planner.run(&wish).await?;
    Ok((run.output.city, run.usage.requests))
}

fn planner(asked: &Asked) -> Reply {
    let wish = asked.user_text().unwrap_or_default();
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("You judge.", _) => {
            Reply::says_json(&Judgement { reason: "it swears".to_owned(), tripped: wish.contains("damn") })
        }
        ("You close.", _) => Reply::says_json(&Plan { city: "Porto".to_owned(), price: 9_999 }),
        (_, 0) if wish == "hand me over" => Reply::call("transfer_to_closer", json!({})),
        // Longer than the test would wait.
        (_, 0) if wish.contains("weapon") || wish.contains("damn") => {
            Reply::says("never read").delay(Duration::from_secs(50))
        }
        (_, 0) if wish.starts_with("pay ") => {
            Reply::calls(wish[4..].split(' ').map(|sum| ("pay", json!({"euros": sum.parse::<u32>().unwrap_or(0)}))))
        }
        _ if wish == "somewhere dear" => Reply::says_json(&Plan { city: "Monaco".to_owned(), price: 5_000 }),
        _ if wish == "nowhere" => Reply::says_json(&Plan { city: "Nowhere".to_owned(), price: 1 }),
        _ => Reply::says_json(&Plan { city: "Lisbon".to_owned(), price: 500 }),
    }
}

async fn app(name: &str) -> (App, ModelServer, Shown) {
    let model = ScriptedModel::answering(planner).start().await.expect("a port");
    let shown = Shown::default();
    let app = server::app(name).await.workflow(plan).state(shown.clone()).provider("openai", model.provider());
    (app, model, shown)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_all_right_passes_and_costs_what_its_agents_cost() {
    let (app, model, shown) = app("guarded").await;
    let worker = server::worker(&app).await;
    let run = app.start(plan, "pay 50 500 7".to_owned()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    assert_eq!(durable, ("Lisbon".to_owned(), 3), "two turns, and one judgement");
    let history = server::replayed(&app, &run).await;
    let mut activities = history.activities();
    assert_eq!(activities[0], "short-enough", "what blocks comes first");
    activities.sort_unstable();
    let expected = [
        "about_trips",
        "no_secrets",
        "no_secrets",
        "pay",
        "pay",
        "short-enough",
        "small_sums",
        "small_sums",
        "small_sums",
        "steadfast.model",
        "steadfast.model",
        "steadfast.model",
    ];
    assert_eq!(activities, expected, "`affordable` is local, and `consistent` the workflow's own");
    let mut seen = shown.take();
    seen.sort_unstable();
    let all = ["about_trips: pay 50 500 7", "affordable: 500", "paid: 50", "paid: 7", "short: 12"];
    assert_eq!(seen, all);
    let last = model.requests().into_iter().rev().find(|asked| asked.turn() == 1).expect("it was asked");
    let told: Vec<&str> = last.input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    assert_eq!(told, ["50 paid", "Not more than 100 euros at once.", "[something secret]"]);
    assert_eq!(app.inline(plan("pay 50 500 7".to_owned())).await.expect("the same in-process"), durable);

    // A handoff asks nobody: neither the guardrails of who is handed the run, nor the first agent's about the answer.
    shown.take();
    assert_eq!(app.inline(plan("hand me over".to_owned())).await.expect("it ends well").0, "Porto");
    assert!(!shown.take().iter().any(|seen| seen.starts_with("affordable")));
    worker.stop().await.expect("it stops");
}

fn tripped(guardrail: &str, on: Guarded, reason: &str, data: Option<Value>) -> RunErrorKind {
    let data = data.map(Box::new);
    RunErrorKind::GuardrailTripped { guardrail: guardrail.to_owned(), on, reason: reason.to_owned(), data }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_trips_ends_the_run_with_its_name_and_its_data() {
    let (app, model, _) = app("tripping").await;
    let worker = server::worker(&app).await;
    let dear = json!({"city": "Monaco", "price": 5_000});
    let cases = [
        ("a weapon", tripped("about_trips", Guarded::Input, "that is no trip", Some(json!({"word": "weapon"}))), 1),
        ("damn it", tripped("polite", Guarded::Input, "it swears", None), 2),
        (
            "somewhere that is so far away that it is too long",
            tripped("short-enough", Guarded::Input, "too long", None),
            0,
        ),
        ("somewhere dear", tripped("affordable", Guarded::Output, "too dear", Some(dear)), 2),
        ("pay 13", tripped("no_secrets", Guarded::ToolOutput { tool: "pay".to_owned() }, "a key got out", None), 2),
        (
            "nowhere",
            RunErrorKind::GuardrailFailed { guardrail: "consistent".to_owned(), message: "no such city".to_owned() },
            2,
        ),
    ];
    for (wish, expected, at_least) in cases {
        let began = Instant::now();
        let run = app.start(plan, wish.to_owned()).await.expect("it starts");
        let error = server::result(&run).await.expect_err(wish);
        let Error::Workflow(WorkflowError::Failed { code, run: Some(failed), .. }) = error else { panic!("{error}") };
        assert_eq!((&failed.kind, &*code), (&expected, expected.code()), "{wish}");
        assert!(began.elapsed() < Duration::from_secs(40), "{wish}: the model call was called off");
        server::replayed(&app, &run).await;
        // By what they are asked: one of an earlier case that was called off may come late.
        let asked = model.requests().iter().filter(|asked| asked.user_text() == Some(wish)).count();
        assert!(asked >= at_least && (at_least > 0 || asked == 0), "{wish}: {asked} calls of models");

        let inline = app.inline(async { Planner.run(wish).await }).await.expect_err(wish);
        assert_eq!(inline.kind, expected, "{wish}");
    }
    worker.stop().await.expect("it stops");
}

/// How often the guardrail was asked.
#[derive(Clone, Default)]
struct Count(Arc<AtomicU32>);

#[guardrail]
fn counted(input: String, count: State<Count>) -> Verdict {
    count.0.fetch_add(1, Ordering::SeqCst);
    if input.is_empty() { Verdict::trip("nothing was said") } else { Verdict::Pass }
}

/// Notes something.
#[tool(input_guardrails = [counted_too])]
fn note(text: String) -> String {
    text
}

#[guardrail]
fn counted_too(call: Value, count: State<Count>) -> Verdict {
    count.0.fetch_add(1000, Ordering::SeqCst);
    if call["text"].is_string() { Verdict::Pass } else { Verdict::trip("no text") }
}

#[agent(model = "m", tools = [note], input_guardrails = [counted], output_guardrails = [counted], max_turns = 100)]
struct Scribe;

#[workflow]
async fn scribble(rounds: u32) -> Result<Vec<String>> {
    let mut answers = Vec::new();
    for round in 0..rounds {
        answers.push(Scribe.run(format!("round {round}")).await?.output);
        answers.push(note::call(format!("after {round}")).await?);
    }
    Ok(answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn guardrails_are_asked_once_however_many_histories_a_run_has() {
    let model = ScriptedModel::answering(|asked: &Asked| match asked.turn() {
        turn @ 0..15 => Reply::call("note", json!({"text": format!("note {turn}")})),
        _ => Reply::says("noted"),
    });
    let model = model.start().await.expect("a port");
    let count = Count::default();
    let app = server::app("guarded-for-long").await.workflow(scribble).state(count.clone());
    let app = app.target(Target::address(server::impatient().await)).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(scribble, 2).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 2, "{histories:?}");
    // Twice for each of two runs; before each of thirty notes that a model took, and none that code did.
    assert_eq!(count.0.load(Ordering::SeqCst), 30_004);
    assert_eq!(app.inline(scribble(2)).await.expect("the same in-process"), durable);
    worker.stop().await.expect("it stops");
}
