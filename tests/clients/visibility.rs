//! What the server tells of workflows: one by one, and by search attributes.

use super::{code, messages, workflow_error};
use crate::server;
use serde_json::json;
use std::time::{Duration, Instant};
use steadfast::{
    Client, Decision, DevServer, Filter, Listed, SearchKind, SearchValue, WorkflowError, WorkflowStatus,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

/// Always fails.
#[tool(retries = 100, backoff(initial = "1h", maximum = "2h"))]
fn broken() -> Result<String, ToolError> {
    Err(ToolError::new("the printer is on fire"))
}

#[workflow]
async fn prints() -> Result<String> {
    Ok(broken::call().await?)
}

/// Lists until there are so many; the server's index lags behind.
async fn listed(client: &Client, filter: Filter, count: usize) -> Vec<Listed> {
    let began = Instant::now();
    loop {
        let found = client.list(filter.clone()).all().await.expect("the server lists");
        if found.len() == count {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{filter}: {found:#?}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_run_is_stuck_at_is_described() {
    let app = server::app("clients-describe").await.workflow(prints);
    let start = app.start(prints, ()).id("clients-describe").memo("ticket", &42).summary("Prints it.");
    let run = start.priority(1).fairness("ann", 2.0).await.expect("it starts");
    let described = run.describe().await.expect("it is there");
    assert_eq!((described.activities.len(), described.task.as_ref().map(|task| task.is_running)), (0, Some(false)));
    assert!(described.to_string().ends_with("its next step waits for a worker, attempt 1"), "{described}");

    let worker = server::worker(&app).await;
    let began = Instant::now();
    let described = loop {
        let described = run.describe().await.expect("it is there");
        if described.activities.first().is_some_and(|activity| activity.last_failure.is_some()) {
            break described;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{described}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let activity = &described.activities[0];
    assert_eq!((activity.name.as_str(), activity.attempt, activity.attempts), ("broken", 2, Some(110)));
    assert!(activity.next_attempt.is_some() && !activity.is_running, "{activity:?}");
    let told = described.to_string();
    assert!(told.contains("`broken` waits for a worker, or its next attempt, attempt 2"), "{told}");
    assert!(told.contains("the last failed: the printer is on fire"), "{told}");
    let workflow = &described.workflow;
    assert_eq!((workflow.id.as_str(), workflow.workflow.as_str()), ("clients-describe", "prints"));
    assert_eq!((workflow.status, workflow.closed), (WorkflowStatus::Running, None));
    assert!(workflow.started.is_some() && workflow.events > 3 && workflow.bytes > 100, "{workflow:?}");
    assert_eq!(workflow.memo["ticket"], 42);
    assert_eq!(described.summary.as_deref(), Some("Prints it."));
    assert_eq!(workflow.task_queue, app.client().await.expect("connected").task_queue());
    run.terminate("the test is over").await.expect("it runs");
    assert_eq!(run.describe().await.expect("it is there").workflow.status, WorkflowStatus::Terminated);
    worker.stop().await.expect("it stops");

    let nobody = app.handle(prints, "clients-nobody-here").await.expect("connected");
    assert_eq!(code(nobody.describe().await.expect_err("there is none")), "NotFound");
}

/// Waits for something that no replay can repeat.
#[workflow]
async fn stalls() {
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workflow_whose_own_code_fails_says_why() {
    let app = server::app("clients-stalled").await.workflow(stalls);
    let worker = server::worker(&app).await;
    let run = app.start(stalls, ()).await.expect("it starts");
    let began = Instant::now();
    let described = loop {
        let described = run.describe().await.expect("it is there");
        if described.task.as_ref().is_some_and(|task| task.attempt > 1) {
            break described;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "{described}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    let why = "; it failed: workflow `stalls`: this workflow waits for something that is not part of it";
    assert!(described.to_string().contains(why), "{described}");
    run.terminate("the test is over").await.expect("it runs");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn workflows_are_found_by_what_was_said_about_them() {
    let (app, _model) = messages::app("clients-list").await;
    let client = app.client().await.expect("connected");
    let start = |customer: &str| {
        app.start(messages::serve, "pay".to_owned()).search_attribute("Customer", customer).search_attribute("Euros", 7)
    };
    let ann = start("Ann O'Hara").await.expect("it starts");
    let bob = start("Bob").await.expect("it starts");
    let of_this = || Filter::of(messages::serve).task_queue(client.task_queue());
    let found = listed(client, of_this().running().attribute("Customer", "Ann O'Hara"), 1).await;
    assert_eq!((found[0].id.as_str(), found[0].run_id.as_str()), (ann.id(), ann.run_id().expect("it was started")));
    assert_eq!(found[0].search_attributes["Customer"], SearchValue::from("Ann O'Hara"));
    assert_eq!(found[0].search_attributes["Euros"], SearchValue::from(7));
    listed(client, of_this().attribute("Euros", 7), 2).await;
    listed(client, of_this().attribute("Euros", 8), 0).await;
    let started = found[0].started.expect("it has started");
    listed(client, of_this().started_since(started), 2).await;
    listed(client, of_this().started_before(started), 0).await;
    listed(client, of_this().and("Customer = 'Bob' OR Customer = 'Eve'"), 1).await;
    bob.terminate("the test is over").await.expect("it runs");
    let found = listed(client, of_this().status(WorkflowStatus::Terminated), 1).await;
    assert!(found[0].closed.is_some() && found[0].id == bob.id(), "{found:?}");
    assert_eq!(client.count(of_this()).await.expect("the server counts"), 2);
    ann.terminate("the test is over").await.expect("it runs");

    let error = workflow_error(client.list("Color = 'red'").all().await.expect_err("nobody knows it"));
    assert!(matches!(&error, WorkflowError::List { .. }), "{error:?}");
    assert!(error.to_string().contains("(Color = 'red')"), "{error}");
    assert_eq!(code(client.count("= =").await.expect_err("that is no query")), "List");
}

#[tokio::test(flavor = "multi_thread")]
async fn agent_and_status_are_search_attributes() {
    let (app, _model) = messages::app("clients-marks").await;
    let client = app.client().await.expect("connected");
    let worker = server::worker(&app).await;
    let of_this = || Filter::of(messages::serve).task_queue(client.task_queue());
    let run = app.start(messages::serve, "pay".to_owned()).await.expect("it starts");
    let approval = messages::waiting(&run).await;
    let found = listed(client, of_this().agent("Clerk").doing("awaiting_approval"), 1).await;
    assert_eq!(found[0].id, run.id());
    let mut decision = Decision::approve("ann");
    decision.id = approval.id.clone();
    run.decide(&approval, decision).await.expect("it is waited for");
    assert_eq!(server::result(&run).await.expect("it ends well"), "Paid.");
    listed(client, of_this().agent("Clerk").doing("running").status(WorkflowStatus::Completed), 1).await;
    let history = server::replayed(&app, &run).await;
    // The agent, the wait for the approval, and its end.
    assert_eq!(upserts(&history.events()), 3, "{:?}", history.events());
    worker.stop().await.expect("it stops");
}

/// Answers in the end.
#[agent(model = "m", instructions = "You are the second.")]
struct Second;

/// Thinks twice, and hands over.
#[agent(model = "m", instructions = "You are the first.", tools = [thinks], handoffs = [Second])]
struct First;

/// Thinks.
#[tool]
fn thinks() -> String {
    "hm".to_owned()
}

#[workflow]
async fn together(count: usize) -> Result<usize> {
    let runs = futures::future::try_join_all((0..count).map(|_| First.run("go"))).await?;
    Ok(runs.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn handoffs_change_the_agent_and_turns_do_not() {
    let script = |asked: &Asked| match (asked.instructions(), asked.turn()) {
        (Some("You are the first."), 0 | 1) => Reply::call("thinks", json!({})),
        (Some("You are the first."), _) => Reply::call("transfer_to_second", json!({})),
        _ => Reply::says("Done."),
    };
    let model = ScriptedModel::answering(script).start().await.expect("a port");
    let app = server::app("clients-handoffs").await.workflow(together).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    for count in [1, 3] {
        let run = app.start(together, count).await.expect("it starts");
        assert_eq!(server::result(&run).await.expect("it ends well"), count);
        let history = server::replayed(&app, &run).await;
        let upserts = upserts(&history.events());
        assert!(upserts == 2, "{upserts} changes with {count} agents: {:?}", history.events());
        let described = run.describe().await.expect("it is there");
        assert_eq!(described.workflow.search_attributes["SteadfastAgent"], SearchValue::from("Second"));
    }
    worker.stop().await.expect("it stops");
}

/// Chats until it is full.
#[agent(model = "m", instructions = "You count.")]
struct Counter;

#[workflow]
async fn counts(turns: u32) -> Result<String> {
    let mut said = String::new();
    for _ in 0..turns {
        said = Counter.run("on").await?.output;
    }
    Ok(said)
}

#[tokio::test(flavor = "multi_thread")]
async fn attributes_go_along_when_a_workflow_continues_as_new() {
    let model = ScriptedModel::answering(|_| Reply::says("one")).start().await.expect("a port");
    let app = App::new("clients-marks-on").target(steadfast::Target::address(server::impatient().await));
    let app = app.workflow(counts).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(counts, 30).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "one");
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 1, "{histories:?}");
    let upserts: Vec<usize> = histories.iter().map(|history| upserts(&history.events())).collect();
    assert_eq!(upserts[0], 1, "the first run finds its agent");
    assert!(upserts[1..].iter().all(|count| *count == 0), "{upserts:?}");
    let of_this = Filter::of(counts).agent("Counter").doing("running");
    listed(app.client().await.expect("connected"), of_this, histories.len()).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_namespace_that_does_not_know_the_attributes_is_left_alone() {
    let model = ScriptedModel::new().says("one").start().await.expect("a port");
    let app = App::new("clients-plain").dev_server(DevServer::ephemeral().namespace("plain"));
    let app = app.workflow(counts).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let began = Instant::now();
    let run = loop {
        // A namespace that was just made is not known to all parts of the server at once.
        match app.start(counts, 1).await {
            Ok(run) => break run,
            Err(error) => assert!(began.elapsed() < Duration::from_secs(30), "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(server::result(&run).await.expect("it ends well"), "one");
    let history = server::replayed(&app, &run).await;
    assert_eq!(upserts(&history.events()), 0, "{:?}", history.events());
    let described = run.describe().await.expect("it is there");
    assert!(!described.workflow.search_attributes.contains_key("SteadfastStatus"), "{described:?}");
    let client = app.client().await.expect("connected");
    let error = workflow_error(client.list(Filter::all().agent("Counter")).all().await.expect_err("nobody knows it"));
    assert!(error.to_string().contains("SteadfastAgent"), "{error}");
    worker.stop().await.expect("it stops");
}

fn upserts(events: &[String]) -> usize {
    events.iter().filter(|event| event.contains("Upsert")).count()
}

/// What the tests above search for.
pub(crate) fn known(server: DevServer) -> DevServer {
    let server = server.search_attribute("Customer", SearchKind::Keyword).search_attribute("Euros", SearchKind::Int);
    server.search_attribute("Regular", SearchKind::Bool)
}
