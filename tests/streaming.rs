//! Runs that show what happens in them, inline and through a workflow.

use crate::server;
use futures::StreamExt as _;
use serde_json::json;
use std::{
    env,
    process::{Child, Command},
    time::Duration,
};
use steadfast::{
    Events, Offset, RunEvent, RunEventKind as Kind, Streamed, Target,
    model::Provider,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// Adds two numbers that are not negative.
#[tool]
fn plus(a: i32, b: i32) -> Result<i32, ToolError> {
    if a < 0 { Err(ToolError::new("negative")) } else { Ok(a + b) }
}

/// Counts.
#[agent(model = "m", instructions = "count")]
struct Abacus;

#[agent(model = "m", instructions = "begin", tools = [plus, Abacus], handoffs = [Poet], max_turns = 1000)]
struct Guide;

#[agent(model = "m", instructions = "rhyme")]
struct Poet;

#[workflow]
async fn guided(question: String) -> Result<String> {
    Ok(Guide.run(question).streamed().await?.output)
}

#[workflow]
async fn unwatched(question: String) -> Result<String> {
    Ok(Guide.run(question).await?.output)
}

const VERSE: &str = "Seven sheep went out to sea.";

fn guiding(asked: &Asked) -> Reply {
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("begin", 0) => Reply::says("Let me see. ").and(Reply::call("plus", json!({"a": -1, "b": 2}))),
        ("begin", 1) => Reply::call("abacus", json!({"input": "sheep"})),
        ("begin", _) => Reply::call("transfer_to_poet", json!({})),
        ("count", _) => Reply::says("seven of them"),
        _ => Reply::says(VERSE),
    }
}

/// An event in short, as a reader of the stream would tell it.
fn short(event: &RunEvent) -> String {
    let RunEvent { run, agent, kind, .. } = event;
    let what = match kind {
        Kind::Text { turn, attempt, delta } => return format!("{run} {agent} says {turn}.{attempt}: {delta}"),
        Kind::ToolStarted { tool, .. } => format!("calls {tool}"),
        Kind::ToolFinished { tool, output, .. } => format!("has {output} by {tool}"),
        Kind::ToolFailed { tool, message, .. } => format!("has no {tool}: {message}"),
        Kind::HandedOver { to } => format!("hands over to {to}"),
        Kind::TurnEnded { turn, usage } => format!("ends turn {turn} with {} call", usage.requests),
        Kind::Done { output, usage } => format!("is done after {} calls: {output}", usage.requests),
        Kind::Failed { code, .. } => format!("fails: {code}"),
        other => json!(other)["type"].as_str().unwrap_or_default().to_owned(),
    };
    format!("{run} {agent} {what}")
}

/// The same of many, with the pieces of a text put together.
fn told<'a>(events: impl IntoIterator<Item = &'a RunEvent>) -> Vec<String> {
    let mut whole: Vec<RunEvent> = Vec::new();
    for event in events {
        if let (Kind::Text { delta: more, attempt, .. }, Some(last)) = (&event.kind, whole.last_mut())
            && let Kind::Text { delta, attempt: before, .. } = &mut last.kind
            && (before, &last.run) == (&mut attempt.clone(), &event.run)
        {
            delta.push_str(more);
            continue;
        }
        whole.push(event.clone());
    }
    whole.iter().map(short).collect()
}

const TOLD: [&str; 18] = [
    "0 Guide agent_started",
    "0 Guide says 1.1: Let me see. ",
    "0 Guide calls plus",
    "0 Guide has no plus: negative",
    "0 Guide ends turn 1 with 1 call",
    "0 Guide calls abacus",
    "0/call_2_1 Abacus agent_started",
    "0/call_2_1 Abacus says 1.1: seven of them",
    "0/call_2_1 Abacus ends turn 1 with 1 call",
    "0/call_2_1 Abacus is done after 1 calls: \"seven of them\"",
    "0 Guide has \"seven of them\" by abacus",
    "0 Guide ends turn 2 with 1 call",
    "0 Guide ends turn 3 with 1 call",
    "0 Guide hands over to Poet",
    "0 Poet agent_started",
    "0 Poet says 4.1: Seven sheep went out to sea.",
    "0 Poet ends turn 4 with 1 call",
    "0 Poet is done after 5 calls: \"Seven sheep went out to sea.\"",
];

async fn app(name: &str, model: &ModelServer) -> App {
    server::app(name).await.workflow(guided).workflow(unwatched).provider("openai", model.provider())
}

async fn all(mut events: Events) -> Vec<Streamed> {
    let mut all = Vec::new();
    let read = async {
        while let Some(event) = events.next().await.expect("the workflow is there") {
            all.push(event);
        }
    };
    tokio::time::timeout(Duration::from_secs(90), read).await.expect("events come to an end");
    all
}

fn of(streamed: &[Streamed]) -> Vec<String> {
    told(streamed.iter().map(|streamed| &streamed.event))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_watched_here_as_through_a_workflow() {
    let model = ScriptedModel::answering(guiding).start().await.expect("a port");
    let app = app("watched", &model).await;
    let expected = TOLD;
    let (events, run) = app
        .inline(async {
            let mut run = Guide.run_streamed("Go");
            let events: Vec<RunEvent> = run.by_ref().collect().await;
            (events, run.await)
        })
        .await;
    assert_eq!(told(&events), expected);
    assert_eq!(run.expect("it ends well").output, VERSE);
    let words = |events: &[RunEvent]| events.iter().filter(|event| matches!(event.kind, Kind::Text { .. })).count();
    assert_eq!(words(&events), 3 + 3 + 6, "word by word");
    // Who does not watch has the result all the same.
    assert_eq!(app.inline(Guide.run_streamed("Go")).await.expect("it ends well").output, VERSE);

    let worker = server::worker(&app).await;
    let run = app.start(guided, "Go".to_owned()).await.expect("it starts");
    let watched = all(run.events()).await;
    assert_eq!(of(&watched), expected);
    assert_eq!(server::result(&run).await.expect("it ends well"), VERSE);
    // Later, when the workflow is over, and from wherever somebody has stopped.
    assert_eq!(of(&all(run.events()).await), expected);
    for (read, streamed) in watched.iter().enumerate() {
        let rest: Vec<_> = all(run.events_from(streamed.offset.clone())).await;
        assert_eq!(of(&rest), of(&watched[read + 1..]), "after {streamed:?}");
    }
    // Nothing of it is recorded: the history is that of a run that nobody watches.
    let history = server::replayed(&app, &run).await;
    let plain = app.start(unwatched, "Go".to_owned()).await.expect("it starts");
    server::result(&plain).await.expect("it ends well");
    assert_eq!(history.events(), server::replayed(&app, &plain).await.events());
    assert_eq!(of(&all(plain.events()).await), [] as [&str; 0]);
    worker.stop().await.expect("it stops");
}

/// Text that takes two seconds to say.
fn slow(asked: &Asked) -> Reply {
    let text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen ";
    Reply::says(format!("{text}{}", asked.turn())).pace(Duration::from_millis(100))
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_read_along_while_the_model_talks() {
    let model = ScriptedModel::answering(slow).start().await.expect("a port");
    for (name, provider) in [("along", model.provider()), ("along-chat", model.chat_provider())] {
        let app = app(name, &model).await.provider("openai", provider);
        let worker = server::worker(&app).await;
        let run = app.start(guided, "Go".to_owned()).await.expect("it starts");
        let (one, other, result) = tokio::join!(all(run.events()), all(run.events()), server::result(&run));
        let whole = result.expect("it ends well");
        for read in [&one, &other] {
            let pieces: Vec<&str> = read
                .iter()
                .filter_map(|streamed| match &streamed.event.kind {
                    Kind::Text { delta, .. } => Some(delta.as_str()),
                    _ => None,
                })
                .collect();
            assert!(pieces.len() > 5, "in pieces: {pieces:?}");
            assert_eq!(pieces.concat(), whole);
        }
        assert_eq!(of(&one), of(&other));
        worker.stop().await.expect("it stops");
    }
}

/// Every other attempt breaks in the middle of its text.
fn stammering() -> impl Fn(&Asked) -> Reply + Send + Sync {
    let attempts = std::sync::atomic::AtomicU32::new(0);
    move |_| {
        let reply = Reply::says("It is very sunny today.").pace(Duration::from_millis(100));
        match attempts.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => reply.breaks_after(7),
            _ => reply,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_attempt_has_said_is_dropped() {
    let expected = [
        "0 Guide agent_started",
        "0 Guide says 1.1: It is very ",
        "0 Guide text_dropped",
        "0 Guide says 1.2: It is very sunny today.",
        "0 Guide ends turn 1 with 1 call",
        "0 Guide is done after 1 calls: \"It is very sunny today.\"",
    ];
    let model = ScriptedModel::answering(stammering()).start().await.expect("a port");
    let app = app("stammering", &model).await;
    let events: Vec<RunEvent> = app.inline(Guide.run_streamed("Go").collect()).await;
    assert_eq!(told(&events), expected);

    let model = ScriptedModel::answering(stammering()).start().await.expect("a port");
    let app = app.provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(guided, "Go".to_owned()).await.expect("it starts");
    let watched = all(run.events()).await;
    assert_eq!(of(&watched), expected);
    // Whoever comes later has only what counts, and is told which attempt it was.
    let later = of(&all(run.events()).await);
    assert_eq!(later, [&expected[..1], &expected[3..]].concat());
    // And whoever has read the lost attempt, and was away since, is told that it is void.
    let away = watched.iter().position(|streamed| matches!(streamed.event.kind, Kind::Text { .. })).expect("text");
    let rest = of(&all(run.events_from(watched[away].offset.clone())).await);
    assert_eq!(rest, expected[2..]);
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn events_go_on_over_many_histories_and_are_all_there_later() {
    const TURNS: usize = 40;
    let model = ScriptedModel::answering(|asked| match asked.turn() {
        turn if turn < TURNS => Reply::says("so ").and(Reply::call("plus", json!({"a": turn, "b": 1}))),
        _ => Reply::says("enough"),
    });
    let model = model.start().await.expect("a port");
    let app = app("watched-long", &model).await.target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let run = app.start(guided, "Go".to_owned()).await.expect("it starts");
    let inline: Vec<RunEvent> = app.inline(Guide.run_streamed("Go").collect()).await;
    assert_eq!(inline.len(), 2 + TURNS * 4 + 2);
    assert_eq!(of(&all(run.events()).await), told(&inline));
    server::result(&run).await.expect("it ends well");
    assert!(server::all_replayed(&app, &run).await.len() > 2);
    let whole = all(run.events()).await;
    assert_eq!(of(&whole), told(&inline));
    let middle = whole.len() / 3;
    assert_eq!(of(&all(run.events_from(whole[middle].offset.clone())).await), of(&whole[middle + 1..]));
    worker.stop().await.expect("it stops");
}

/// What the child process runs; in the process of the tests it is no test at all.
#[tokio::test(flavor = "multi_thread")]
async fn streaming_worker_process() {
    let Ok(settings) = env::var("STEADFAST_TEST_STREAMING_WORKER") else { return };
    let [server, queue, model] = settings.split('|').collect::<Vec<_>>()[..] else { panic!("{settings}") };
    let app = App::new(queue).workflow(guided).target(Target::address(server));
    let app = app.provider("openai", Provider::responses(model));
    app.worker().await.expect("the app can start").run_until(std::future::pending()).await.expect("it runs");
}

fn spawn(settings: &str) -> Child {
    Command::new(env::current_exe().expect("a test has a binary"))
        .args(["--exact", "streaming::streaming_worker_process", "--nocapture"])
        .env("STEADFAST_TEST_STREAMING_WORKER", settings)
        .spawn()
        .expect("the tests' own binary starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_in_the_middle_of_a_text_leaves_no_half_of_it() {
    let model = ScriptedModel::answering(slow).start().await.expect("a port");
    let (server, queue) = (server::address().await, "streaming-crash");
    let app = App::new(queue).workflow(guided).target(Target::address(server));
    let settings = format!("{server}|{queue}|{}", model.base_url());
    let run = app.start(guided, "Go".to_owned()).await.expect("it starts");
    let mut worker = spawn(&settings);
    let mut events = run.events();
    let mut seen = Vec::new();
    let kept: Offset = loop {
        let streamed = events.next().await.expect("the workflow is there").expect("it goes on");
        seen.push(streamed.event.clone());
        if matches!(streamed.event.kind, Kind::Text { .. }) {
            break streamed.offset;
        }
    };
    worker.kill().expect("it runs");
    worker.wait().expect("it is dead");
    let mut worker = spawn(&settings);
    // The same subscriber, and one that has only the offset, as after a restart of its own.
    let (one, other) = tokio::join!(all(events), all(run.events_from(kept)));
    let whole = server::result(&run).await.expect("the second worker finishes");
    for rest in [one, other] {
        let rest = of(&rest);
        // What was still told by the first before it died may be among it.
        let dropped = rest.iter().position(|line| line == "0 Guide text_dropped").expect("it was lost");
        assert!(rest[..dropped].iter().all(|line| line.starts_with("0 Guide says 1.1: ")), "{rest:?}");
        assert_eq!(rest[dropped + 1], format!("0 Guide says 1.2: {whole}"));
        assert_eq!(rest.len() - dropped, 4, "{rest:?}");
    }
    worker.kill().expect("it runs");
    worker.wait().expect("it is dead");
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_end_with_their_runs_however_these_end() {
    let model = ScriptedModel::answering(|asked| match asked.body["input"][0]["content"].as_str() {
        Some("fail") => Reply::fails(400),
        _ => Reply::hangs(),
    });
    let model = model.start().await.expect("a port");
    let app = app("ends", &model).await;
    let begun_and_failed = ["0 Guide agent_started", "0 Guide fails: ModelError"];
    let events: Vec<RunEvent> = app.inline(Guide.run_streamed("fail").collect()).await;
    assert_eq!(told(&events), begun_and_failed);
    let worker = server::worker(&app).await;
    let run = app.start(guided, "fail".to_owned()).await.expect("it starts");
    assert_eq!(of(&all(run.events()).await), begun_and_failed);
    for end in ["cancel", "terminate"] {
        let run = app.start(guided, "wait".to_owned()).await.expect("it starts");
        let events = tokio::spawn(all(run.events()));
        tokio::time::sleep(Duration::from_millis(300)).await;
        match end {
            "cancel" => run.cancel().await.expect("it runs"),
            _ => run.terminate("enough").await.expect("it runs"),
        }
        assert_eq!(of(&events.await.expect("it ends")), begun_and_failed[..1], "{end}");
    }
    let error =
        app.handle(guided, "nobody").await.expect("a handle").events().next().await.expect_err("nobody is there");
    assert!(error.to_string().contains("nobody"), "{error}");
    worker.stop().await.expect("it stops");
}
