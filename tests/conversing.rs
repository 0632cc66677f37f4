//! Agents as workflows: asked once, talked to over many messages and histories, and run as children of other workflows.

use crate::server;
use serde_json::{Value, json};
use std::time::Duration;
use steadfast::{
    Decision, IdConflictPolicy, RunErrorKind, Target, WorkflowError,
    conversation::{Because, Doing},
    model::Item,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// Looks something up.
#[tool]
fn look_up(word: String) -> String {
    format!("{word} is a word")
}

/// Pays somebody.
#[tool(approval)]
fn pay(euros: u32) -> String {
    format!("paid {euros}")
}

/// Plans trips.
#[agent(model = "m", instructions = "You have {budget} euros.", tools = [look_up, pay], max_turns = 500)]
struct Planner {
    budget: u32,
}

/// Answers in a form.
#[agent(model = "m", output = Answer)]
struct Form;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Answer {
    text: String,
}

/// Says how many user's messages it has seen, and what the last was; `look` looks something up first.
fn counting(asked: &Asked) -> Reply {
    let said = asked.user_text().unwrap_or_default().to_owned();
    let seen =
        asked.body["input"].as_array().map_or(0, |items| items.iter().filter(|item| item["role"] == "user").count());
    let last = asked.body["input"].as_array().and_then(|items| items.last()).cloned().unwrap_or_default();
    match said.as_str() {
        "look" if last["type"] != "function_call_output" => Reply::call("look_up", json!({"word": "cat"})),
        "pay" if last["type"] != "function_call_output" => Reply::call("pay", json!({"euros": 7})),
        "form" => Reply::says(json!({"text": "filled in"}).to_string()),
        "fail" => Reply::fails(400),
        "hang" => Reply::hangs(),
        said => Reply::says(format!("{seen}: {said}")),
    }
}

async fn app(name: &str) -> (App, ModelServer) {
    let model = ScriptedModel::answering(counting).start().await.expect("a port");
    let app = server::app(name).await.agent::<Planner>().agent::<Form>().provider("openai", model.provider());
    (app, model)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_is_asked_once_by_its_name_and_gives_its_output() {
    let (app, model) = app("once").await;
    let worker = server::worker(&app).await;
    let run = app.start_agent(&Planner { budget: 300 }, "look").await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it answers"), "1: look".to_owned());
    assert!(model.requests()[0].body["instructions"].as_str().expect("text").contains("300"));
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities().len(), 3);
    let form = app.start_agent(&Form, "form").await.expect("it starts");
    assert_eq!(server::result(&form).await.expect("it answers"), Answer { text: "filled in".to_owned() });
    // As a client of another language would.
    let refused = app.conversation::<Planner>(run.id()).await.expect("a connection").send("hi").await;
    assert!(refused.is_err(), "it is no conversation");
    let client = app.client().await.expect("a connection");
    client.start_by_name("Form", "form-by-name", &"form").await.expect("it starts");
    let by_name = client.handle::<Value>("form-by-name");
    assert_eq!(server::result(&by_name).await.expect("it answers"), json!({"text": "filled in"}));
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_input_that_no_run_can_begin_with_fails_at_once_and_says_why() {
    let (app, _model) = app("invalid").await;
    let worker = server::worker(&app).await;
    let client = app.client().await.expect("a connection");
    for (id, input, why) in [
        ("no-field", json!({"input": "hi"}), "budget"),
        ("wrong-field", json!({"input": "hi", "budget": "much"}), "budget"),
        ("nothing", json!({"budget": 3}), "it is asked nothing; write `input`"),
        ("number", json!(3), "expected a text or an object, found 3"),
        ("option", json!({"budget": 3, "input": "hi", "steadfast": {"whloe": true}}), "unknown field `whloe`"),
        ("items", json!({"budget": 3, "input": {"a": 1}}), "`input` is no text and no list of items"),
    ] {
        let id = format!("{id}-{}", app.client().await.expect("a connection").task_queue());
        client.start_by_name("Planner", &id, &input).await.expect("it starts");
        let error = server::result(&client.handle::<Value>(id)).await.expect_err(why);
        assert_eq!(error.code(), "InvalidInput", "{error}");
        assert!(error.to_string().contains(why), "{error}");
    }
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_goes_on_from_message_to_message_until_it_is_ended() {
    let (app, _model) = app("talk").await;
    let worker = server::worker(&app).await;
    let begin = || app.start_conversation(&Planner { budget: 5 }).id("talk-begun");
    let talk = begin().await.expect("it starts");
    let again = begin().await.expect_err("there is one");
    assert!(matches!(again, Error::Workflow(WorkflowError::AlreadyRunning { .. })), "{again:?}");
    let found = begin().starting(|start| start.id_conflict_policy(IdConflictPolicy::UseExisting));
    assert_eq!(found.await.expect("it is found").run_id(), talk.run_id());
    assert_eq!(talk.send("hello").await.expect("it answers"), "1: hello");
    // A second message is answered after the first, whoever waits for it.
    talk.tell("look").await.expect("it is taken");
    assert_eq!(talk.send("and").await.expect("it answers"), "3: and");
    let failed = talk.send("fail").await.expect_err("the model refuses");
    assert!(matches!(failed, Error::Workflow(WorkflowError::UpdateFailed { .. })), "{failed:?}");
    assert_eq!(talk.send("again").await.expect("it goes on"), "4: again");

    let hanging = talk.send("hang").accepted().await.expect("it is accepted");
    while talk.status().await.expect("it answers").doing != Doing::Answering {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    talk.stop().await.expect("it is taken");
    let stopped = hanging.result().await.expect_err("it was stopped").to_string();
    assert!(stopped.contains("the answer was stopped"), "{stopped}");

    let paying = talk.send("pay").accepted().await.expect("it is accepted");
    let approval = loop {
        if let Some(approval) = talk.approvals().await.expect("it answers").pop() {
            break approval;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    };
    talk.decide(&approval, Decision::approve("Ann")).await.expect("it is decided");
    assert_eq!(paying.result().await.expect("it answers"), "5: pay");

    let status = talk.status().await.expect("it answers");
    assert_eq!((status.doing, status.answered, status.failed, status.queued), (Doing::Idle, 5, 2, 0));
    assert_eq!(status.usage.requests, 7);
    let transcript = talk.transcript().await.expect("it answers");
    let users: Vec<&Item> =
        transcript.iter().filter(|item| matches!(item, Item::Message(said) if said.role == "user")).collect();
    assert_eq!(users.len(), 5, "what failed was not said: {transcript:?}");
    assert_eq!(transcript.len(), 5 * 2 + 2 * 2, "with calls and their outputs");

    // The one who has another handle is in the same conversation.
    let same = app.conversation::<Planner>(talk.id()).await.expect("a connection");
    worker.stop().await.expect("it stops");
    let worker = server::worker(&app).await;
    assert_eq!(same.send("still there").await.expect("it answers"), "6: still there");
    same.end().await.expect("it is taken");
    let ended = server::result(&talk).await.expect("it ends well");
    assert_eq!((ended.because, ended.answered), (Because::Asked, 6));
    let late = talk.send("too late").await.expect_err("it has ended");
    assert!(matches!(late, Error::Workflow(WorkflowError::Ended { .. } | WorkflowError::NotFound { .. })), "{late:?}");
    server::all_replayed(&app, &talk).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_in_which_nothing_is_said_any_more_ends_by_itself() {
    let (app, _model) = app("idle").await;
    let worker = server::worker(&app).await;
    let talk = app.start_conversation(&Form).idle_timeout(Duration::from_millis(1_500)).await.expect("it starts");
    assert_eq!(talk.send("form").await.expect("it answers").text, "filled in");
    let ended = server::result(&talk).await.expect("it ends well");
    assert_eq!((ended.because, ended.answered), (Because::Idle, 1));
    server::replayed(&app, &talk).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_conversation_takes_along_what_was_said_and_forgets_the_oldest() {
    let model = ScriptedModel::answering(counting).start().await.expect("a port");
    let app = App::new("long-talk")
        .target(Target::address(server::impatient().await))
        .agent::<Planner>()
        .provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let talk = app.start_conversation(&Planner { budget: 5 }).keep(6_000).await.expect("it starts");
    let mut last = String::new();
    for n in 0..60 {
        last = talk.send(format!("message {n}")).await.expect("it answers");
    }
    // What is forgotten is not shown to the model any more, and the rest is.
    let seen: usize = last.split(':').next().expect("a number").parse().expect("a number");
    assert!((5..60).contains(&seen), "{last}");
    let page = talk.transcript_from(0).await.expect("it answers");
    assert_eq!(page.total, 120);
    assert!(page.from > 0 && page.from + page.items.len() == 120, "{} {}", page.from, page.items.len());
    let status = talk.status().await.expect("it answers");
    assert_eq!((status.answered, status.usage.requests), (60, 60));
    talk.end().await.expect("it is taken");
    let ended = server::result(&talk).await.expect("it ends well");
    assert_eq!(ended.answered, 60);
    let histories = server::all_replayed(&app, &talk).await;
    assert!(histories.len() > 3, "{histories:?}");
    for history in &histories {
        assert!(history.bytes() < 60_000, "what is carried does not grow: {history:?}");
    }
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn report(question: String) -> Result<(String, u32, u64)> {
    let planner = Planner { budget: 9 };
    let run = planner.run(&question).max_turns(3).as_child().await?;
    Ok((run.output, run.turns, run.usage.requests))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_as_a_child_has_a_history_of_its_own_and_comes_back_whole() {
    let (app, _model) = app("child-run").await;
    let app = app.workflow(report);
    let worker = server::worker(&app).await;
    let run = app.start(report, "look".to_owned()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    assert_eq!(durable, ("1: look".to_owned(), 2, 2));
    let history = server::replayed(&app, &run).await;
    assert!(history.activities().is_empty(), "what it did is in the child's");
    assert_eq!(app.inline(report("look".to_owned())).await.expect("it ends well"), durable);
    let failing = app.start(report, "fail".to_owned()).await.expect("it starts");
    let error = server::result(&failing).await.expect_err("the model refuses");
    let Error::Workflow(WorkflowError::Failed { run: Some(run), .. }) = error else { panic!("{error:?}") };
    assert!(matches!(run.kind, RunErrorKind::Model { .. }), "{run:?}");
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn delegated(queue: String) -> Result<String> {
    let planner = Planner { budget: 9 };
    Ok(planner.run("look").as_child().id(format!("{queue}-child")).task_queue(queue).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_as_a_child_goes_to_the_workers_of_its_queue() {
    let (planners, model) = app("planners").await;
    let asking = server::app("asking").await.workflow(delegated).provider("openai", model.provider());
    let (asks, plans) = (server::worker(&asking).await, server::worker(&planners).await);
    let queue = planners.client().await.expect("a connection").task_queue().to_owned();
    let run = asking.start(delegated, queue.clone()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "1: look");
    let child = planners.client().await.expect("a connection").handle::<Value>(format!("{queue}-child"));
    let description = child.describe().await.expect("the server has it");
    assert_eq!(
        (description.workflow.workflow.as_str(), description.workflow.task_queue.as_str()),
        ("Planner", queue.as_str())
    );
    asks.stop().await.expect("it stops");
    plans.stop().await.expect("it stops");
}

#[workflow]
async fn filtered() -> Result<String> {
    let planner = Planner { budget: 9 };
    Ok(planner.run("hi").input_filter(|_| ()).as_child().await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_go_along_to_a_child_is_named() {
    let (app, _model) = app("filtered").await;
    let app = app.workflow(filtered);
    let worker = server::worker(&app).await;
    let run = app.start(filtered, ()).await.expect("it starts");
    let error = server::result(&run).await.expect_err("a filter is code").to_string();
    assert!(
        error.contains("the run of agent `Planner` cannot be a child: its option `input_filter` is code"),
        "{error}"
    );
    worker.stop().await.expect("it stops");
}
