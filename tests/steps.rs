//! Steps that are no tools: activities, fan-out, sagas, and what to do when an agent fails.

use crate::server;
use futures::future::try_join;
use serde_json::json;
use std::{
    collections::HashMap,
    env,
    fs::{self, OpenOptions},
    io::Write as _,
    path::PathBuf,
    process::{Child, Command},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use steadfast::{
    DynamicAgent, RunErrorKind, Target,
    prelude::*,
    testing::{Reply, ScriptedModel},
    tool::ToolFailureKind,
    workflow::{Saga, saga},
};
use tokio::sync::Barrier;

/// No schema could be made of it, and none is needed.
#[derive(Clone, Serialize, Deserialize)]
struct Order {
    seats: HashMap<String, u128>,
    note: serde_json::Value,
}

fn order(note: &str) -> Order {
    Order { seats: [("a".to_owned(), 1)].into(), note: json!(note) }
}

/// How often something was attempted, by what.
#[derive(Clone, Default)]
struct Attempts(Arc<Mutex<HashMap<String, u32>>>);

impl Attempts {
    fn next(&self, of: &str) -> u32 {
        let mut attempts = self.0.lock().expect("no panics");
        let attempts = attempts.entry(of.to_owned()).or_default();
        *attempts += 1;
        *attempts
    }

    fn of(&self, of: &str) -> u32 {
        self.0.lock().expect("no panics").get(of).copied().unwrap_or_default()
    }
}

#[activity(backoff(initial = "10ms"))]
fn price(order: Order, fails: u32, attempts: State<Attempts>, context: ToolContext) -> Result<u64, ToolError> {
    let attempt = attempts.next(&order.note.to_string());
    assert_eq!(context.tool, "price");
    if attempt <= fails { Err(ToolError::new(format!("attempt {attempt} failed"))) } else { Ok(attempt.into()) }
}

#[workflow]
async fn priced((order, fails): (Order, u32)) -> Result<u64> {
    Ok(price::call(order, fails).await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activity_is_retried_three_times_unless_it_says_otherwise() {
    let attempts = Attempts::default();
    let app = server::app("activity").await.workflow(priced).state(attempts.clone());
    let worker = server::worker(&app).await;
    let run = app.start(priced, (order("three"), 3)).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("the fourth attempt is good"), 4);
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities(), ["price"]);
    let run = app.start(priced, (order("four"), 4)).await.expect("it starts");
    let error = server::result(&run).await.expect_err("there is no fifth");
    assert!(error.to_string().contains("attempt 4 failed") && error.code() == "ToolFailed", "{error}");
    server::replayed(&app, &run).await;
    assert_eq!(attempts.of("\"four\""), 4);
    worker.stop().await.expect("it stops");
    // The same line in this process.
    assert_eq!(app.inline(price::call(order("inline"), 1)).await, Ok(2));
}

#[activity(retries = 9, timeout = "1h", backoff(initial = "10ms"))]
async fn stubborn(millis: u64, attempts: State<Attempts>) -> Result<(), ToolError> {
    attempts.next("stubborn");
    tokio::time::sleep(Duration::from_millis(millis)).await;
    Err(ToolError::new("no"))
}

/// A tool has the same options of a call.
#[tool(retries = 1, backoff(initial = "10ms"))]
fn moody(attempts: State<Attempts>) -> Result<u32, ToolError> {
    let attempt = attempts.next("moody");
    if attempt < 3 { Err(ToolError::new("not yet")) } else { Ok(attempt) }
}

#[workflow]
async fn overridden() -> Result<(String, ToolFailureKind, u32)> {
    let often = stubborn::call(0).retries(1).await.expect_err("it always fails");
    let late =
        stubborn::call(3_600_000).timeout(Duration::from_millis(50)).retries(0).await.expect_err("it takes an hour");
    Ok((often.message, late.kind, moody::call().retries(2).await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_may_have_its_own_retries_and_timeout() {
    let attempts = Attempts::default();
    let app = server::app("overridden").await.workflow(overridden).state(attempts.clone());
    let worker = server::worker(&app).await;
    let run = app.start(overridden, ()).await.expect("it starts");
    let ended = server::result(&run).await.expect("it ends well");
    let expected = ("no".to_owned(), ToolFailureKind::TimedOut, 3);
    assert_eq!(ended, expected);
    assert_eq!(attempts.of("stubborn"), 3, "twice, and once");
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
    let inline = App::new("inline").tool::<moody>().state(Attempts::default());
    assert_eq!(inline.inline(overridden()).await.expect("it ends well"), expected);
}

/// A helper, which hides the activity from the workflow.
async fn out_of_sight() -> Result<u64> {
    Ok(price::call(order("hidden"), 0).await?)
}

#[workflow]
async fn hiding() -> Result<u64> {
    out_of_sight().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_activity_out_of_sight_is_registered_by_name() {
    let app = server::app("hiding").await.workflow(hiding);
    let worker = server::worker(&app).await;
    let run = app.start(hiding, ()).await.expect("it starts");
    let error = server::result(&run).await.expect_err("no worker has it").to_string();
    assert!(error.contains("activity `price` is not registered on this worker; add `.activity::<price>()`"), "{error}");
    worker.stop().await.expect("it stops");

    let app = server::app("hiding").await.workflow(hiding).activity::<price>();
    let error = app.validate().expect_err("a state is missing").to_string();
    assert!(error.contains("activity `price` needs `State<"), "{error}");
    let app = app.state(Attempts::default());
    let worker = server::worker(&app).await;
    let run = app.start(hiding, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), 1);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
    assert_eq!(app.schemas().expect("nothing is wrong"), json!({}), "no model is told of it");
}

#[tokio::test]
async fn an_agent_made_of_data_cannot_have_an_activity() {
    let app = App::new("data").activity::<price>().tool::<moody>().state(Attempts::default());
    let agent = DynamicAgent::new("Clerk", "m").tools(["price"]);
    let error = app.inline(agent.run("hello")).await.expect_err("it is no tool").to_string();
    assert_eq!(error, "agent `Clerk` lists `price`, which is an activity and no tool; put `#[tool]` on it");
    let error = app
        .inline(DynamicAgent::new("Clerk", "m").tools(["prize"]).run("hello"))
        .await
        .expect_err("a slip")
        .to_string();
    assert!(error.contains("it has: moody;"), "{error}");
}

/// How many are at work, how many were at most, and where four of them meet.
struct AtWork {
    now: AtomicUsize,
    most: AtomicUsize,
    four: Barrier,
}

#[activity]
async fn fetch(page: u32, in_fours: bool, at_work: State<Arc<AtWork>>) -> Result<String, ToolError> {
    if page == 77 {
        return Err(ToolError::fatal("no such page"));
    }
    if page > 70 {
        // Until it is called off.
        std::future::pending::<()>().await;
    }
    at_work.most.fetch_max(at_work.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
    if in_fours {
        at_work.four.wait().await;
    }
    // Those that come later are done sooner.
    tokio::time::sleep(Duration::from_millis(u64::from(20 - page))).await;
    at_work.now.fetch_sub(1, Ordering::SeqCst);
    Ok(format!("page {page}"))
}

#[workflow]
async fn crawl((from, to): (u32, u32)) -> Result<(Vec<String>, usize)> {
    let pages = workflow::try_map(from..to, |page| fetch::call(page, true)).at_once(4).await?;
    let again = workflow::map(from..to, |page| fetch::call(page, false)).at_once(3).await;
    Ok((pages, again.into_iter().flatten().count()))
}

#[tokio::test(flavor = "multi_thread")]
async fn fan_out_is_bounded_and_in_order() {
    let at_work = AtWork { now: AtomicUsize::new(0), most: AtomicUsize::new(0), four: Barrier::new(4) };
    let at_work = Arc::new(at_work);
    let app = server::app("crawl").await.workflow(crawl).state(Arc::clone(&at_work));
    let worker = server::worker(&app).await;
    let run = app.start(crawl, (0, 20)).await.expect("it starts");
    let (pages, again) = server::result(&run).await.expect("fewer than four at once would wait for ever");
    assert_eq!(pages, (0..20).map(|page| format!("page {page}")).collect::<Vec<_>>());
    assert_eq!((again, at_work.most.load(Ordering::SeqCst)), (20, 4));
    server::replayed(&app, &run).await;
    // The first error is the end of it: what is on its way is called off, and nothing else is begun.
    let run = app.start(crawl, (75, 95)).await.expect("it starts");
    let error = server::result(&run).await.expect_err("a page is missing").to_string();
    assert!(error.contains("no such page"), "{error}");
    assert_eq!(server::replayed(&app, &run).await.activities(), ["fetch"; 4]);
    worker.stop().await.expect("it stops");
}

/// What was done, a line each; a file, so that processes can share it.
struct Ledger(PathBuf);

impl Ledger {
    fn note(&self, line: &str) -> std::io::Result<()> {
        OpenOptions::new().append(true).create(true).open(&self.0)?.write_all(format!("{line}\n").as_bytes())
    }

    fn lines(path: &PathBuf) -> Vec<String> {
        fs::read_to_string(path).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

fn ledger(name: &str) -> PathBuf {
    let path = env::temp_dir().join(format!("steadfast-steps-{name}-{}", std::process::id()));
    fs::write(&path, "").expect("a temporary file");
    path
}

#[activity(retries = 0)]
fn book(what: String, ledger: State<Ledger>) -> Result<String, ToolError> {
    if what.starts_with("no ") {
        return Err(ToolError::new(format!("{what} left")));
    }
    ledger.note(&format!("book {what}"))?;
    Ok(what)
}

/// Takes its time for what is slow, and fails once for what is shaky and always for what is stuck.
#[activity(backoff(initial = "10ms"))]
async fn cancel(what: String, ledger: State<Ledger>, context: ToolContext) -> Result<(), ToolError> {
    if what.starts_with("stuck") || (what.starts_with("shaky") && context.attempt == 1) {
        return Err(ToolError::new(format!("cannot cancel {what}")));
    }
    ledger.note(&format!("cancel {what}"))?;
    if what.starts_with("slow") {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(())
}

#[workflow]
async fn trip(wishes: Vec<String>) -> Result<usize> {
    saga::run(|saga| async move {
        for wish in &wishes {
            let booked = book::call(wish.clone()).await?;
            saga.compensate(cancel::call(booked));
        }
        Ok(wishes.len())
    })
    .await
}

/// The same, written out, with branches that run side by side.
#[workflow]
async fn pair((left, right): (String, String)) -> Result<String> {
    let saga = Saga::new();
    let one = async {
        let booked = book::call(left).await?;
        saga.compensate(cancel::call(booked));
        Ok(())
    };
    let other = async {
        let booked = book::call(right.clone()).await?;
        saga.compensate_with(format!("cancellation of {right}"), async move {
            workflow::sleep(Duration::from_millis(10)).await;
            cancel::call(booked).await
        });
        Ok::<_, ToolFailure>(())
    };
    try_join(one, other).await?;
    match book::call("no rooms".to_owned()).await {
        Ok(room) => {
            saga.commit();
            Ok(room)
        }
        Err(error) => Err(saga.undo_after(error).await),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().copied().map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_is_undone_in_reverse() {
    let path = ledger("reverse");
    let app = server::app("saga").await.workflow(trip).workflow(pair).state(Ledger(path.clone()));
    let worker = server::worker(&app).await;
    let run = app.start(trip, words(&["flight", "shaky car", "hotel"])).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("all of it can be had"), 3);
    assert_eq!(server::replayed(&app, &run).await.activities(), ["book"; 3]);
    fs::write(&path, "").expect("it is ours");

    let wishes = words(&["flight", "shaky car", "hotel", "no tickets"]);
    let run = app.start(trip, wishes.clone()).await.expect("it starts");
    let error = server::result(&run).await.expect_err("there are no tickets");
    assert!(error.to_string().contains("no tickets left") && error.code() == "ToolFailed", "{error}");
    let done = ["book flight", "book shaky car", "book hotel", "cancel hotel", "cancel shaky car", "cancel flight"];
    assert_eq!(Ledger::lines(&path), done);
    server::replayed(&app, &run).await;
    fs::write(&path, "").expect("it is ours");
    app.inline(trip(wishes)).await.expect_err("there are no tickets in-process either");
    assert_eq!(Ledger::lines(&path), done);

    let run = app.start(pair, ("bus".to_owned(), "train".to_owned())).await.expect("it starts");
    server::result(&run).await.expect_err("there are no rooms");
    assert_eq!(Ledger::lines(&path).len(), done.len() + 4);
    server::replayed(&app, &run).await;
    fs::remove_file(path).expect("it is ours");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_undone_is_told_and_the_rest_is_undone() {
    let path = ledger("stuck");
    let app = server::app("stuck").await.workflow(trip).state(Ledger(path.clone()));
    let worker = server::worker(&app).await;
    let wishes = words(&["flight", "stuck car", "hotel", "stuck boat", "no tickets"]);
    let run = app.start(trip, wishes.clone()).await.expect("it starts");
    let error = server::result(&run).await.expect_err("there are no tickets");
    let told = "2 of 4 steps could not be undone: `cancel` failed: cannot cancel stuck boat; `cancel` failed: cannot \
                cancel stuck car; they were to be undone because: no tickets left";
    assert!(error.to_string().ends_with(told) && error.code() == "UndoFailed", "{error}");
    assert_eq!(Ledger::lines(&path)[4..], ["cancel hotel", "cancel flight"]);
    let history = server::replayed(&app, &run).await;
    assert!(history.contains("not_undone"), "the details say which");
    worker.stop().await.expect("it stops");

    let Error::Undo(undo) = app.inline(trip(wishes)).await.expect_err("the same in-process") else {
        panic!("it is typed");
    };
    assert_eq!((undo.not_undone.len(), undo.all), (2, 4));
    assert_eq!(undo.not_undone[0].step, "cancel");
    assert!(matches!(undo.after.as_deref(), Some(Error::Tool(failure)) if failure.message == "no tickets left"));
    fs::remove_file(path).expect("it is ours");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_saga_over_many_histories_is_undone_as_a_whole() {
    let path = ledger("long");
    let app = App::new("long-saga").workflow(trip).target(Target::address(server::impatient().await));
    let app = app.state(Ledger(path.clone()));
    let worker = server::worker(&app).await;
    let wishes: Vec<String> = (0..40).map(|n| format!("night {n}")).chain(["no day".to_owned()]).collect();
    let run = app.start(trip, wishes).await.expect("it starts");
    let error = server::result(&run).await.expect_err("there is no day").to_string();
    assert!(error.ends_with("no day left"), "{error}");
    let booked = (0..40).map(|n| format!("book night {n}"));
    let expected: Vec<String> = booked.chain((0..40).rev().map(|n| format!("cancel night {n}"))).collect();
    assert_eq!(Ledger::lines(&path), expected);
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 2, "{histories:?}");
    fs::remove_file(path).expect("it is ours");
    worker.stop().await.expect("it stops");
}

fn of_settings(settings: &str) -> App {
    let [server, queue, ledger] = settings.split('|').collect::<Vec<_>>()[..] else { panic!("{settings}") };
    App::new(queue).workflow(trip).target(Target::address(server)).state(Ledger(ledger.into()))
}

/// What the child process runs; in the process of the tests it is no test at all.
#[tokio::test(flavor = "multi_thread")]
async fn worker_process() {
    let Ok(settings) = env::var("STEADFAST_TEST_STEPS") else { return };
    let app = of_settings(&settings);
    app.worker().await.expect("the app can start").run_until(std::future::pending()).await.expect("it runs");
}

fn spawn(settings: &str) -> Child {
    let this = env::current_exe().expect("a test has a binary");
    let mut command = Command::new(this);
    command.args(["--exact", "steps::worker_process", "--nocapture"]).env("STEADFAST_TEST_STEPS", settings);
    command.spawn().expect("the tests' own binary starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_is_killed_in_the_middle_of_the_undoing_loses_nothing() {
    let path = ledger("killed");
    let settings = format!("{}|killed-in-saga|{}", server::address().await, path.display());
    let app = of_settings(&settings);
    let run = app.start(trip, words(&["a", "slow b", "c", "no tickets"])).await.expect("it starts");
    let mut worker = spawn(&settings);
    while !Ledger::lines(&path).contains(&"cancel slow b".to_owned()) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    worker.kill().expect("it runs");
    worker.wait().expect("it is dead");
    assert!(!Ledger::lines(&path).contains(&"cancel a".to_owned()), "it was killed in the middle");

    let mut worker = spawn(&settings);
    let error = server::result(&run).await.expect_err("there are no tickets").to_string();
    assert!(error.ends_with("no tickets left"), "{error}");
    worker.kill().expect("it runs");
    worker.wait().expect("it is dead");
    let undone = &Ledger::lines(&path)[3..];
    assert_eq!(
        undone,
        ["cancel c", "cancel slow b", "cancel slow b", "cancel a"],
        "what was in flight is done once more"
    );
    server::replayed(&app, &run).await;
    fs::remove_file(path).expect("it is ours");
}

/// Looks something up.
#[tool]
fn look_up(word: String) -> String {
    format!("{word} is a word")
}

#[agent(model = "first", tools = [look_up], max_turns = 2)]
struct Thorough;

#[agent(model = "second")]
struct Quick;

/// The answer, and how many turns and tokens the agent that failed had spent.
type Fallback = (String, u32, u64);

#[workflow]
async fn with_fallback(question: String) -> Result<Fallback> {
    let error = match Thorough.run(&question).await {
        Ok(run) => return Ok((run.output, 0, 0)),
        Err(error) => error,
    };
    let RunErrorKind::MaxTurns { .. } = error.kind else { return Err(error.into()) };
    // Another agent goes on from what the first has found out.
    let run = Quick.run(error.partial.after(&question)).await?;
    Ok((run.output, error.partial.turns, error.partial.usage.total_tokens()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_failure_is_a_result_with_what_it_has_done() {
    let model = ScriptedModel::answering(|asked| {
        if asked.model() == "first" {
            return Reply::call("look_up", json!({"word": format!("word {}", asked.turn())}));
        }
        let found = asked.input_items().iter().filter(|item| item["type"] == "function_call_output").count();
        Reply::says(format!("{} I go by {found} words", asked.user_text().unwrap_or_default()))
    });
    let model = model.start().await.expect("a port");
    let app = server::app("fallback").await.workflow(with_fallback).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(with_fallback, "Which words?".to_owned()).await.expect("it starts");
    let (answer, turns, tokens) = server::result(&run).await.expect("the second agent answers");
    assert_eq!((answer.as_str(), turns), ("Which words? I go by 2 words", 2));
    assert!(tokens > 0);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
    let inline = app.inline(with_fallback("Which words?".to_owned())).await.expect("the second agent answers");
    assert_eq!(inline, (answer, turns, tokens));
}
