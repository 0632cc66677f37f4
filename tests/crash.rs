//! A worker is killed with SIGKILL in the middle, another takes over, and what was finished stays finished.

use crate::server;
use serde_json::json;
use std::{
    env,
    fs::{self, OpenOptions},
    io::Write as _,
    path::PathBuf,
    process::{Child, Command},
    time::Duration,
};
use steadfast::{
    ByReference, Target,
    model::Provider,
    prelude::*,
    testing::{Reply, ScriptedModel},
};

struct Ledger(PathBuf);

/// Writes down that it was run.
#[tool]
fn record(entry: String, ledger: State<Ledger>) -> Result<String, ToolError> {
    // In one piece: two of these run at once.
    OpenOptions::new().append(true).open(&ledger.0)?.write_all(format!("{entry}\n").as_bytes())?;
    Ok(format!("recorded {entry}"))
}

#[agent(model = "m", tools = [record], max_turns = 1000)]
struct Clerk;

#[workflow]
async fn clerk() -> Result<String> {
    Ok(Clerk.run("record everything").await?.output)
}

fn app(queue: &str, server: &str) -> App {
    // Nothing in memory to fall back on, and nothing small enough to be sent along.
    let forgetful = ByReference::new().cache(0).over(0);
    App::new(queue).workflow(clerk).target(Target::address(server)).by_reference(forgetful)
}

/// What the child process runs; in the process of the tests it is no test at all.
#[tokio::test(flavor = "multi_thread")]
async fn worker_process() {
    let Ok(settings) = env::var("STEADFAST_TEST_WORKER") else { return };
    let [server, queue, model, ledger] = settings.split('|').collect::<Vec<_>>()[..] else { panic!("{settings}") };
    let app = app(queue, server).state(Ledger(ledger.into())).provider("openai", Provider::responses(model));
    app.worker().await.expect("the app can start").run_until(std::future::pending()).await.expect("it runs");
}

fn spawn(settings: &str) -> Child {
    let this = env::current_exe().expect("a test has a binary");
    Command::new(this)
        .args(["--exact", "crash::worker_process", "--nocapture"])
        .env("STEADFAST_TEST_WORKER", settings)
        .spawn()
        .expect("the tests' own binary starts")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_worker_loses_nothing() {
    let delay = Duration::from_millis(300);
    let model = ScriptedModel::new()
        .delay(delay)
        .call("record", json!({"entry": "one"}))
        .delay(delay)
        .calls([("record", json!({"entry": "two"})), ("record", json!({"entry": "three"}))])
        .delay(delay)
        .says("all recorded")
        .start()
        .await
        .expect("a port");
    let server = server::address().await;
    let ledger = env::temp_dir().join(format!("steadfast-ledger-{}", std::process::id()));
    fs::write(&ledger, "").expect("a temporary file");
    let settings = format!("{server}|crash|{}|{}", model.base_url(), ledger.display());

    let app = app("crash", server);
    let run = app.start(clerk, ()).await.expect("it starts");
    let mut worker = spawn(&settings);
    model.received(2).await;
    worker.kill().expect("it runs");
    worker.wait().expect("it is dead");
    let mut worker = spawn(&settings);
    let answer = server::result(&run).await.expect("the second worker finishes");
    worker.kill().expect("it runs");
    worker.wait().expect("it is dead");

    assert_eq!(answer, "all recorded");
    let mut entries: Vec<String> =
        fs::read_to_string(&ledger).expect("the ledger").lines().map(str::to_owned).collect();
    fs::remove_file(&ledger).expect("the ledger is ours");
    entries.sort();
    assert_eq!(entries, ["one", "three", "two"], "every tool call was made exactly once");
    assert_eq!(model.requests().len(), 4, "only the call that was in flight is made again");
    server::replayed(&app, &run).await;
}

/// It is there and does nothing: its sockets stay open, so that only its missing heartbeats tell. The server goes on to
/// hand it tasks for as long as its polls are open, a minute, and misses it each time.
pub(crate) async fn a_worker_that_hangs_is_missed_long_before_its_call_is_too_late() {
    let model = ScriptedModel::new().hangs().says("nothing to record").start().await.expect("a port");
    let server = server::address().await;
    let settings = format!("{server}|hangs|{}|{}", model.base_url(), env::temp_dir().display());
    let app = app("hangs", server);
    let run = app.start(clerk, ()).await.expect("it starts");
    let mut stopped = spawn(&settings);
    model.received(1).await;
    let stop = Command::new("kill").args(["-STOP", &stopped.id().to_string()]).status();
    assert!(stop.expect("`kill` is there").success());

    let mut worker = spawn(&settings);
    // A call may take 990 seconds, and this waits for 90.
    assert_eq!(server::result(&run).await.expect("the second worker finishes"), "nothing to record");
    for child in [&mut worker, &mut stopped] {
        child.kill().expect("it is there");
        child.wait().expect("it is dead");
    }
    assert_eq!(model.requests().len(), 2);
    server::replayed(&app, &run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_again_and_again_over_many_histories_it_answers_the_same() {
    const TURNS: usize = 60;
    let script = |asked: &steadfast::testing::Asked| match asked.turn() {
        turn if turn < TURNS => Reply::call("record", json!({"entry": format!("entry {turn}")})),
        turn => Reply::says(format!("{turn} entries")),
    };
    let model = ScriptedModel::answering(script).start().await.expect("a port");
    let server = server::impatient().await;
    let ledger = env::temp_dir().join(format!("steadfast-ledger-again-{}", std::process::id()));
    fs::write(&ledger, "").expect("a temporary file");
    let settings = format!("{server}|killed-again|{}|{}", model.base_url(), ledger.display());

    let app = app("killed-again", server);
    let run = app.start(clerk, ()).await.expect("it starts");
    // Two at a time, of which each in turn is killed.
    let mut workers = [spawn(&settings), spawn(&settings)];
    for round in 0..4 {
        model.received(6 * (round + 1)).await;
        let worker = &mut workers[round % 2];
        worker.kill().expect("it runs");
        worker.wait().expect("it is dead");
        *worker = spawn(&settings);
    }
    let answer = server::result(&run).await.expect("the last workers finish");
    for mut worker in workers {
        worker.kill().expect("it runs");
        worker.wait().expect("it is dead");
    }
    assert_eq!(answer, format!("{TURNS} entries"));
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 2, "{histories:?}");

    // A call that was killed is made once more, with the same words; nothing else was ever said.
    let mut read: Vec<_> = model.requests().iter().map(|asked| asked.body.to_string()).collect();
    read.dedup();
    let inline = ScriptedModel::answering(script).start().await.expect("a port");
    let undisturbed = App::new("inline").state(Ledger(ledger.clone())).provider("openai", inline.provider());
    assert_eq!(undisturbed.inline(clerk()).await.expect("it ends well"), answer);
    let expected: Vec<_> = inline.requests().iter().map(|asked| asked.body.to_string()).collect();
    assert_eq!(read, expected);
    fs::remove_file(ledger).expect("it is there");
}
