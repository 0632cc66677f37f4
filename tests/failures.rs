//! What ends a run badly ends the workflow at once, typed, with what the run had done; nothing is left stuck.

use crate::{
    server,
    trips::{Bookings, itinerary, lisbon, weekend},
};
use serde_json::json;
use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};
use steadfast::{
    Budgeted, Error, Failure, Guarded, Handle, RunErrorKind, WorkflowError,
    model::{ModelError, ModelErrorClass, Provider},
    prelude::*,
    testing::ScriptedModel,
};

/// The failure of a workflow, as a client sees it.
async fn failure<T: serde::de::DeserializeOwned + std::fmt::Debug>(
    run: &Handle<T>,
) -> (String, String, Option<RunError>) {
    match server::result(run).await.expect_err("the workflow must fail") {
        Error::Workflow(WorkflowError::Failed { code, message, run, .. }) => (code, message, run.map(|run| *run)),
        other => panic!("not a failed workflow: {other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn max_turns_is_a_typed_failure_that_carries_the_run() {
    let mut script = ScriptedModel::new();
    for _ in 0..3 {
        script = script.call("nothing", json!({}));
    }
    let model = script.start().await.expect("a port");
    let app = server::app("turns").await.workflow(weekend).workflow(patient).state(Bookings::default());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;

    let run = app.start(patient, ()).await.expect("it starts");
    let (code, message, run_error) = failure(&run).await;
    assert_eq!((code.as_str(), message.as_str()), ("MaxTurns", "max turns (2) exceeded"));
    let partial = run_error.expect("the run is in the details").partial;
    assert_eq!((partial.turns, partial.items.len(), partial.last_agent.as_str()), (2, 4, "Patient"));
    assert_eq!(partial.usage.requests, 2);
    server::replayed(&app, &run).await;
}

/// Does nothing.
#[tool]
fn nothing() {}

#[agent(model = "m", tools = [nothing], max_turns = 2)]
struct Patient;

#[workflow]
async fn patient() -> Result<String> {
    Ok(Patient.run("go on").await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_and_invalid_outputs_are_typed() {
    let model = ScriptedModel::new().refuses("I'd rather not").start().await.expect("a port");
    let app = server::app("refusal").await.workflow(itinerary).provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let run = app.start(itinerary, "x".to_owned()).await.expect("it starts");
    let (code, message, _) = failure(&run).await;
    assert_eq!((code.as_str(), message.as_str()), ("Refused", "the model refused: I'd rather not"));

    let model = ScriptedModel::new().says("{\"city\": \"Lisbon\"}").start().await.expect("a port");
    let app = server::app("invalid").await.workflow(itinerary).provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let run = app.start(itinerary, "x".to_owned()).await.expect("it starts");
    let (code, message, run_error) = failure(&run).await;
    assert_eq!(code, "InvalidOutput");
    assert!(message.contains("agent `Itineraries`") && message.contains("missing field `cost`"), "{message}");
    let RunErrorKind::InvalidOutput { text, .. } = run_error.expect("details").kind else { panic!("its kind") };
    assert_eq!(text, "{\"city\": \"Lisbon\"}");
    server::replayed(&app, &run).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_that_recovers_is_tried_again_and_one_that_refuses_is_not() {
    let model = ScriptedModel::new().fails(503).fails(429).says("At last.").start().await.expect("a port");
    let app = server::app("retries").await.workflow(weekend).state(Bookings::default());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let run = app.start(weekend, lisbon()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well").text, "At last.");
    assert_eq!(model.requests().len(), 3);
    assert_eq!(server::replayed(&app, &run).await.activities().len(), 1, "one activity, three attempts");

    let body = r#"{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"}}"#;
    let model = ScriptedModel::new().fails_with(401, [], body).says("never").start().await.expect("a port");
    let app = server::app("unauthorised").await.workflow(weekend).state(Bookings::default());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let run = app.start(weekend, lisbon()).await.expect("it starts");
    let (code, message, run_error) = failure(&run).await;
    assert_eq!(code, "ModelError");
    assert!(message.contains("Incorrect API key provided"), "{message}");
    let RunErrorKind::Model(error) = run_error.expect("details").kind else { panic!("its kind") };
    assert_eq!((error.class, error.status), (ModelErrorClass::Authentication, Some(401)));
    assert_eq!(model.requests().len(), 1, "tried once");
}

static FLAKY: AtomicU32 = AtomicU32::new(0);

/// Fails twice, then works.
#[tool(retries = 2)]
fn flaky() -> Result<u32, ToolError> {
    match FLAKY.fetch_add(1, Ordering::SeqCst) {
        attempt @ 0..2 => Err(ToolError::new(format!("attempt {attempt}"))),
        attempt => Ok(attempt),
    }
}

/// Never ends.
#[tool(timeout = "200ms")]
async fn slow() {
    std::future::pending::<()>().await;
}

/// Panics.
#[tool]
fn panicky() -> u32 {
    panic!("a secret")
}

/// Returns more than the server takes.
#[tool]
fn huge() -> String {
    "x".repeat(3_000_000)
}

/// Cannot go on.
#[tool(retries = 5)]
fn fatal() -> Result<(), ToolError> {
    Err(ToolError::fatal("the account is closed"))
}

#[workflow]
async fn steps() -> Result<Vec<String>> {
    let third = flaky::call().await?;
    let slow = slow::call().await.expect_err("it never ends");
    let panicky = panicky::call().await.expect_err("it panics");
    let huge = huge::call().await.expect_err("it is too large");
    let fatal = fatal::call().await.expect_err("it is fatal");
    let failures = [slow, panicky, huge, fatal].map(|failure| format!("{:?}: {failure}", failure.kind));
    Ok([vec![third.to_string()], failures.to_vec()].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_fail_in_their_own_way() {
    let app = server::app("steps").await.workflow(steps);
    let _worker = server::worker(&app).await;
    let run = app.start(steps, ()).await.expect("it starts");
    assert_eq!(
        server::result(&run).await.expect("it ends well"),
        [
            "2",
            "TimedOut: Tool 'slow' timed out after 0.2 seconds.",
            "Panicked: tool `panicky` panicked",
            "TooLarge: the result of tool `huge` is 3000002 bytes, over the limit of 2080768; return less",
            "Fatal: the account is closed",
        ]
    );
    assert_eq!(FLAKY.load(Ordering::SeqCst), 3);
    server::replayed(&app, &run).await;
}

#[workflow]
async fn too_much(size: usize) -> Result<String> {
    match size {
        0 => Err(Error::other("my own error")),
        size => Ok("y".repeat(size)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn results_inputs_and_errors_of_a_workflow_are_checked() {
    let app = server::app("limits")
        .await
        .workflow(too_much)
        .workflow(waits)
        .workflow(itinerary)
        .provider("openai", Provider::responses("http://127.0.0.1:9"));
    let _worker = server::worker(&app).await;
    let run = app.start(too_much, 3_000_000).await.expect("it starts");
    let (code, message, _) = failure(&run).await;
    assert_eq!(code, "ResultTooLarge");
    assert!(message.contains("`too_much` is 3000002 bytes"), "{message}");

    let run = app.start(too_much, 0).await.expect("it starts");
    assert_eq!(failure(&run).await.1, "my own error");

    let error = app.start(itinerary, "z".repeat(3_000_000)).await.expect_err("too large to send");
    assert!(error.to_string().contains("the input is 3000002 bytes"), "{error}");

    let client = app.client().await.expect("connected");
    client.start_by_name("too_much", "wrong-input", &json!("seven")).await.expect("the server takes any JSON");
    let run: Handle<String> = client.handle("wrong-input");
    let (code, message, _) = failure(&run).await;
    assert_eq!(code, "InvalidInput");
    assert!(message.contains("workflow `too_much`") && message.contains("expected usize"), "{message}");

    let running = app.start(waits, ()).id("only-one").await.expect("it starts");
    let error = app.start(waits, ()).id("only-one").await.expect_err("one at a time");
    assert!(matches!(error, Error::Workflow(WorkflowError::AlreadyRunning { .. })), "{error}");
    running.terminate("the test is over").await.expect("it ends");
    assert!(matches!(server::result(&running).await, Err(Error::Workflow(WorkflowError::Terminated { .. }))));
}

#[workflow]
async fn waits() {
    workflow::sleep(Duration::from_hours(1)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_workflow_closes_its_model_call() {
    let model = ScriptedModel::new().hangs().says("never").start().await.expect("a port");
    let app = server::app("cancel").await.workflow(weekend).state(Bookings::default());
    let app = app.provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let run = app.start(weekend, lisbon()).await.expect("it starts");
    model.received(1).await;
    run.cancel().await.expect("it is running");
    assert!(matches!(server::result(&run).await, Err(Error::Workflow(WorkflowError::Cancelled { .. }))));
    server::replayed(&app, &run).await;
}

/// A server that never answers, and tells when the other side has hung up.
async fn silent() -> (String, tokio::sync::mpsc::Receiver<&'static str>) {
    use tokio::io::AsyncReadExt as _;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/v1", listener.local_addr().expect("it is bound"));
    let (tell, told) = tokio::sync::mpsc::channel(8);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let mut piece = [0; 4096];
                let mut said = false;
                while let Ok(read) = stream.read(&mut piece).await {
                    let _ = match (read, std::mem::replace(&mut said, true)) {
                        (0, _) => return tell.send("closed").await.unwrap_or_default(),
                        (_, false) => tell.send("asked").await,
                        (_, true) => Ok(()),
                    };
                }
                tell.send("closed").await.unwrap_or_default();
            });
        }
    });
    (url, told)
}

#[workflow]
async fn asked_by((streamed, local): (bool, bool)) -> Result<String> {
    let run = Patient.run("Hi");
    let run = if local { run.local_model_calls() } else { run };
    Ok(if streamed { run.streamed().await?.output } else { run.await?.output })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_socket_of_a_cancelled_call_is_closed_with_the_next_heartbeat() {
    for (streamed, local) in [(false, false), (true, false), (false, true)] {
        let (url, mut told) = silent().await;
        let app = server::app("hang-up").await.workflow(asked_by).provider("openai", Provider::responses(url));
        let worker = server::worker(&app).await;
        let run = app.start(asked_by, (streamed, local)).await.expect("it starts");
        assert_eq!(told.recv().await, Some("asked"));
        run.cancel().await.expect("it is running");
        // Heartbeats come every two seconds; nothing else would close it for ten minutes.
        let closed = tokio::time::timeout(Duration::from_secs(20), told.recv()).await;
        assert_eq!(closed, Ok(Some("closed")), "streamed {streamed}, local {local}");
        assert!(matches!(server::result(&run).await, Err(Error::Workflow(WorkflowError::Cancelled { .. }))));
        worker.stop().await.expect("it stops");
    }
}

/// Makes an agent where the workflow's body does not show it.
fn hidden() -> Patient {
    Patient
}

#[workflow]
async fn indirect() -> Result<String> {
    let agent = hidden();
    Ok(agent.run("go on").await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_the_app_does_not_know_is_named_with_what_to_add() {
    let model = ScriptedModel::new().says("here").start().await.expect("a port");
    let app = server::app("hidden").await.workflow(indirect).provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    let run = app.start(indirect, ()).await.expect("it starts");
    let (code, message, _) = failure(&run).await;
    assert_eq!(code, "ModelError");
    assert!(message.contains("add `.agent::<Patient>()` to the app"), "{message}");
    server::replayed(&app, &run).await;

    let app = server::app("shown").await.workflow(indirect).agent::<Patient>().provider("openai", model.provider());
    let _worker = server::worker(&app).await;
    assert_eq!(server::result(&app.start(indirect, ()).await.expect("it starts")).await.expect("it ends well"), "here");
}

#[derive(Debug)]
struct Mine(RunError);

impl std::fmt::Display for Mine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "planning failed")
    }
}

impl std::error::Error for Mine {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[workflow]
async fn wrapped(how: u8) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let error = Patient.run("go on").max_turns(0).await.expect_err("no turn at all");
    Err(match how {
        0 => Error::other(error).into(),
        1 => Box::new(Mine(error)),
        3 => Error::from(Failure::new("NoSeats", "there are no seats left")).into(),
        4 => Box::new(Failure::new("NoSeats", "there are none at all")),
        _ => "x".repeat(3_000_000).into(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrapped_error_keeps_its_kind_and_a_long_one_is_cut() {
    let app =
        server::app("wrapped").await.workflow(wrapped).provider("openai", Provider::responses("http://127.0.0.1:9"));
    let _worker = server::worker(&app).await;
    for (how, says) in [(0, "max turns (0) exceeded"), (1, "planning failed")] {
        let run = app.start(wrapped, how).await.expect("it starts");
        let (code, message, run_error) = failure(&run).await;
        assert_eq!((code.as_str(), message.as_str()), ("MaxTurns", says));
        assert_eq!(run_error.expect("the run is in the details").kind, RunErrorKind::MaxTurns { limit: 0 });
    }
    for (how, says) in [(3, "there are no seats left"), (4, "there are none at all")] {
        let (code, message, _) = failure(&app.start(wrapped, how).await.expect("it starts")).await;
        assert_eq!((code.as_str(), message.as_str()), ("NoSeats", says), "a kind of the user's own");
    }
    let run = app.start(wrapped, 2).await.expect("it starts");
    let (_, message, _) = failure(&run).await;
    assert!(message.len() < 100_000, "{} bytes", message.len());
}

/// Ends as it is told to.
#[workflow]
async fn raise(error: RunError) -> Result<()> {
    Err(error.into())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_error_reaches_a_client_with_its_code_and_its_details() {
    let app = server::app("kinds").await.workflow(raise);
    let _worker = server::worker(&app).await;
    let text = || "whatever it is".to_owned();
    let kinds = [
        RunErrorKind::MaxTurns { limit: 3 },
        RunErrorKind::Model(ModelError::new(ModelErrorClass::Quota, "no credit left")),
        RunErrorKind::Refused { text: text() },
        RunErrorKind::InvalidOutput { agent: text(), reason: text(), text: text() },
        RunErrorKind::ToolNotFound { tool: text(), agent: text() },
        RunErrorKind::InvalidAgent { agent: text(), reason: text() },
        RunErrorKind::GuardrailTripped { guardrail: text(), on: Guarded::Input, reason: text(), data: None },
        RunErrorKind::GuardrailFailed { guardrail: text(), message: text() },
        RunErrorKind::BudgetExceeded { of: Budgeted::Cost, limit: 5, spent: 7 },
        RunErrorKind::NoPrice { model: text() },
        RunErrorKind::TimedOut { limit: Duration::from_millis(1_500) },
        RunErrorKind::ToolFatal { tool: text(), message: text() },
    ];
    for kind in kinds {
        let partial = json!({"last_agent": "Clerk", "items": [], "usage": {"requests": 1}, "turns": 1,
            "shares": [{"agent": "Clerk", "model": "m", "usage": {"requests": 1}}]});
        let error: RunError = serde_json::from_value(json!({"kind": kind, "partial": partial})).expect("an error");
        let run = app.start(raise, error.clone()).await.expect("it starts");
        let (code, message, details) = failure(&run).await;
        assert_eq!((code.as_str(), message), (kind.code(), kind.to_string()));
        assert_eq!(details, Some(error));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_for_a_failure_is_left_out_of_it() {
    let app = server::app("large-failure").await.workflow(raise);
    let _worker = server::worker(&app).await;
    let large = || "x".repeat(900_000);
    let kind = RunErrorKind::GuardrailTripped {
        guardrail: "polite".to_owned(),
        on: Guarded::Output,
        reason: "it swears".to_owned(),
        data: Some(Box::new(json!({"said": large()}))),
    };
    let items = json!([{"role": "user", "content": large()}]);
    let partial = json!({"last_agent": "Clerk", "items": items, "usage": {}, "turns": 1});
    let error: RunError = serde_json::from_value(json!({"kind": kind, "partial": partial})).expect("an error");
    let run = app.start(raise, error).await.expect("it starts");
    let (code, _, details) = failure(&run).await;
    let details = details.expect("the rest is there");
    let RunErrorKind::GuardrailTripped { reason, data, .. } = details.kind else { panic!("{code}") };
    assert_eq!((reason.as_str(), data, details.partial.items_left_out), ("it swears", None, 1));
}
