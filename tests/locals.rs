//! Local activities: fewer events and less time, the same results.

use crate::server;
use futures::future::try_join_all;
use serde_json::json;
use steadfast::{
    prelude::*,
    testing::{Reply, ScriptedModel},
};

/// Looks up an entry.
#[tool(local)]
fn look_up(entry: u32, bytes: usize) -> String {
    format!("{entry}:{}", "x".repeat(bytes))
}

/// Fails the first time it is tried.
#[tool(local, retries = 2)]
fn shaky(context: ToolContext) -> Result<String, ToolError> {
    if context.attempt == 1 { Err(ToolError::new("not yet")) } else { Ok(format!("attempt {}", context.attempt)) }
}

#[agent(model = "m", tools = [look_up, shaky], max_turns = 1000)]
struct Clerk;

#[workflow]
async fn clerk((turns, local_model): (u32, bool)) -> Result<(String, u32)> {
    let run = Clerk.run(turns.to_string());
    let run = if local_model { run.local_model_calls() } else { run };
    let run = run.await?;
    Ok((run.output, run.turns))
}

async fn model() -> steadfast::testing::ModelServer {
    let model = ScriptedModel::answering(|asked| {
        let turns: usize = asked.user_text().and_then(|text| text.parse().ok()).unwrap_or_default();
        match asked.turn() {
            0 => Reply::call("shaky", json!({})),
            turn if turn < turns => Reply::call("look_up", json!({"entry": turn, "bytes": 100})),
            turn => Reply::says(format!("{turn} entries")),
        }
    });
    model.start().await.expect("a port")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_local_tool_costs_one_event() {
    let model = model().await;
    let app = server::app("local-tools").await.workflow(clerk).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(clerk, (10, false)).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), ("10 entries".to_owned(), 11));
    let history = server::replayed(&app, &run).await;
    let events = history.events();
    assert_eq!(events.iter().filter(|event| *event == "MarkerRecorded").count(), 10, "{events:?}");
    assert_eq!(history.activities(), ["steadfast.model"; 11]);
    assert!(history.contains("attempt 2"), "it was tried again");
    // Model call: 3 events, workflow task: 3, marker: 1; start, first task and end come on top.
    assert!(events.len() <= 7 * 11 + 5, "{}", events.len());
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_run_may_be_local() {
    let model = model().await;
    let app = server::app("local-runs").await.workflow(clerk).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(clerk, (40, true)).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), ("40 entries".to_owned(), 41));
    let history = server::replayed(&app, &run).await;
    let events = history.events();
    assert!(history.activities().is_empty());
    assert_eq!(events.iter().filter(|event| *event == "MarkerRecorded").count(), 81);
    assert!(events.len() < 81 + 12, "hardly anything else is recorded: {events:?}");
    assert_eq!(app.inline(clerk((40, true))).await.expect("it ends well in-process").1, 41);
    worker.stop().await.expect("it stops");
}

/// More at once than one message to the server holds.
#[workflow]
async fn flood((calls, bytes): (u32, usize)) -> Result<usize> {
    let results = try_join_all((0..calls).map(|entry| look_up::call(entry, bytes))).await?;
    Ok(results.iter().map(String::len).sum())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_into_one_task_waits_for_the_next() {
    let app = server::app("flood").await.workflow(flood);
    let worker = server::worker(&app).await;
    let large = app.start(flood, (80, 100_000)).await.expect("it starts");
    let many = app.start(flood, (1_200, 10)).await.expect("it starts");
    assert!(server::result(&large).await.expect("it ends well") > 8_000_000);
    assert!(server::result(&many).await.expect("it ends well") > 12_000);
    for run in [large, many] {
        let history = server::replayed(&app, &run).await;
        assert!(!history.events().contains(&"WorkflowTaskFailed".to_owned()), "{:?}", history.events());
    }
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_a_local_result_is_a_typed_error() {
    let model = ScriptedModel::answering(|_| Reply::says("x".repeat(600_000))).start().await.expect("a port");
    let app = server::app("too-large").await.workflow(flood).workflow(clerk).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(flood, (1, 200_000)).await.expect("it starts");
    let error = server::result(&run).await.expect_err("it is over the limit").to_string();
    assert!(error.contains("`look_up`") && error.contains("131072"), "{error}");
    let run = app.start(clerk, (1, true)).await.expect("it starts");
    let error = server::result(&run).await.expect_err("it is over the limit").to_string();
    assert!(error.contains("over the limit of 524288"), "{error}");
    worker.stop().await.expect("it stops");
}

/// Fills a task with results, and ends with all of them.
#[workflow]
async fn heavy(calls: u32) -> Result<String> {
    Ok(try_join_all((0..calls).map(|entry| look_up::call(entry, 100_000))).await?.concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_task_leaves_room_for_the_end() {
    let app = server::app("heavy").await.workflow(heavy);
    let worker = server::worker(&app).await;
    let run = app.start(heavy, 20).await.expect("it starts");
    assert!(server::result(&run).await.expect("it ends well").len() > 2_000_000);
    let history = server::replayed(&app, &run).await;
    assert!(!history.events().contains(&"WorkflowTaskFailed".to_owned()), "{:?}", history.events());
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_without_activities_refuses_local_tools() {
    let app = server::app("no-activities").await.workflow(heavy);
    let worker = app.worker().await.expect("it can start").without_activities();
    let error = worker.run_until(std::future::pending()).await.expect_err("it would wait for ever").to_string();
    assert!(error.contains("tool `look_up` is local"), "{error}");
}
