//! Queries, updates and signals by name.

use super::workflow_error;
use crate::server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use steadfast::{
    Approval, Decision, Handle, WorkflowError,
    prelude::*,
    testing::{ModelServer, ScriptedModel},
};

/// Pays a bill.
#[tool(approval)]
fn pay(euros: u32) -> String {
    format!("{euros} euros")
}

#[agent(model = "m", tools = [pay])]
struct Clerk;

#[workflow]
pub(super) async fn serve(wish: String) -> Result<String> {
    Ok(Clerk.run(&wish).await?.output)
}

pub(super) async fn app(name: &str) -> (App, ModelServer) {
    let model = ScriptedModel::new().call("pay", json!({"euros": 500})).says("Paid.").start().await.expect("a port");
    (server::app(name).await.workflow(serve).provider("openai", model.provider()), model)
}

/// The one approval that is waited for.
pub(super) async fn waiting(run: &Handle<String>) -> Approval {
    let began = Instant::now();
    loop {
        let mut approvals = run.query::<Vec<Approval>>("steadfast.approvals", &()).await.expect("a worker answers");
        if let Some(approval) = approvals.pop() {
            return approval;
        }
        assert!(began.elapsed() < Duration::from_secs(30));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_update_that_is_sent_twice_is_done_once() {
    let (app, _model) = app("clients-update").await;
    let worker = server::worker(&app).await;
    let run = app.start(serve, "pay".to_owned()).await.expect("it starts");
    let approval = waiting(&run).await;
    let mut decision = Decision::approve("ann");
    decision.id = approval.id;

    let accepted = run.update::<Decision>("steadfast.decide", &decision).id("d-1").accepted().await;
    let accepted = accepted.expect("it is waited for");
    assert_eq!((accepted.id(), accepted.workflow_id()), ("d-1", run.id()));
    let first = accepted.result().await.expect("it is a decision");
    assert!(first.at.is_some());
    let again = run.update::<Decision>("steadfast.decide", &decision).id("d-1").await;
    assert_eq!(again.expect("it is the same update").at, first.at);
    let later = run.update_handle::<Decision>("steadfast.decide", "d-1").result().await;
    assert_eq!(later.expect("it is the same update").at, first.at);
    // Under another id it is another update, and refused.
    let error = run.update::<Decision>("steadfast.decide", &decision).await;
    let error = workflow_error(error.expect_err("it is decided"));
    assert!(
        matches!(&error, WorkflowError::UpdateRejected { reason, .. } if reason.contains("is waited for")),
        "{error}"
    );

    assert_eq!(server::result(&run).await.expect("it ends well"), "Paid.");
    let error = workflow_error(run.update::<Decision>("steadfast.decide", &decision).await.expect_err("it is over"));
    assert!(matches!(&error, WorkflowError::Ended { .. }), "{error:?}");
    assert_eq!(error.to_string(), format!("workflow `{}` has ended; it takes no more messages", run.id()));
    let history = server::replayed(&app, &run).await;
    let accepted = history.events().iter().filter(|event| event.ends_with("UpdateAccepted")).count();
    assert_eq!(accepted, 1, "{:?}", history.events());
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_workflow_does_not_have_is_said_by_name() {
    let (app, _model) = app("clients-names").await;
    let worker = server::worker(&app).await;
    let run = app.start(serve, "pay".to_owned()).id("clients-names").await.expect("it starts");
    waiting(&run).await;

    let error = workflow_error(run.query::<Value>("totals", &json!({"of": 1})).await.expect_err("there is none"));
    let text = "the query `totals` of workflow `clients-names` failed: workflow `serve` has no query `totals`";
    assert!(matches!(error, WorkflowError::QueryFailed { .. }) && error.to_string().contains(text), "{error}");
    let error = workflow_error(run.update::<Value>("add", &1).accepted().await.expect_err("there is none"));
    let text = "workflow `clients-names` refused the update `add`: ";
    assert!(matches!(error, WorkflowError::UpdateRejected { .. }) && error.to_string().contains(text), "{error}");
    let error = workflow_error(run.query::<u32>("steadfast.approvals", &()).await.expect_err("it is a list"));
    let text = "workflow `clients-names`: the answer to the query `steadfast.approvals` cannot be read: ";
    assert!(error.to_string().contains(text), "{error}");
    let error = run.update_handle::<Value>("add", "a-7").result().await.expect_err("there is none");
    assert_eq!(error.to_string(), "workflow `clients-names` has accepted no update of the id `a-7`");
    let large = "x".repeat(3_000_000);
    for error in [
        run.signal("s", &large).await.expect_err("it is too large"),
        run.query::<Value>("q", &large).await.expect_err("it is too large"),
        run.update::<Value>("u", &large).await.expect_err("it is too large"),
    ] {
        assert!(error.to_string().contains("is 3000002 bytes, over the limit of"), "{error}");
    }

    let nobody: Handle<String> = app.handle(serve, "clients-nobody").await.expect("connected");
    for error in [
        nobody.signal("s", &()).await.expect_err("there is none"),
        nobody.query::<Value>("q", &()).await.expect_err("there is none"),
        nobody.update::<Value>("u", &()).await.expect_err("there is none"),
    ] {
        assert_eq!(error.to_string(), "there is no workflow `clients-nobody`");
    }
    run.terminate("the test is over").await.expect("it runs");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_nobody_answers_says_where_a_worker_is_missing() {
    let (app, _model) = app("clients-alone").await;
    let run = app.start(serve, "pay".to_owned()).id("clients-alone").await.expect("it starts");
    let asked = run.query::<Value>("steadfast.approvals", &()).timeout(Duration::from_millis(1500)).await;
    let error = workflow_error(asked.expect_err("there is no worker"));
    let queue = app.client().await.expect("connected").task_queue();
    assert_eq!(
        error.to_string(),
        format!(
            "no worker answered the query `steadfast.approvals` of workflow `clients-alone` within 1.5s; is one running \
             on task queue `{queue}`?"
        )
    );
    run.terminate("the test is over").await.expect("it runs");
}
