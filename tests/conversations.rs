//! Conversations by reference: a history grows by what is new, and a model reads the same wherever it is called from.

use crate::server;
use futures::future::try_join_all;
use serde_json::json;
use std::time::Duration;
use steadfast::{
    ByReference, RunningWorker, Worker,
    model::Item,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
    workflow::select,
};

/// Reads a page of the archive.
#[tool]
fn page(number: usize, bytes: usize) -> String {
    text(number, bytes)
}

/// A text that no other page has, of about so many bytes.
fn text(number: usize, bytes: usize) -> String {
    format!("page-{number:04}-is-like-no-other {}", "\"ä\n".repeat(bytes / 5))
}

#[agent(
    model = "m",
    instructions = "You are {name}, and you know that no text is to be recorded at every turn.",
    tools = [page],
    handoffs = [Librarian],
    max_turns = 1000
)]
struct Archivist {
    name: String,
}

#[agent(model = "m", instructions = "You carry on.", tools = [page], max_turns = 1000)]
#[derive(Default)]
struct Librarian;

/// `10 4000` reads ten pages of 4000 bytes; with `!` there is a handoff after two.
fn script(asked: &Asked) -> Reply {
    let question = asked.user_text().unwrap_or_default();
    let numbers: Vec<usize> = question.split([' ', '!']).filter_map(|word| word.parse().ok()).collect();
    let (pages, bytes) = (numbers[0], numbers[1]);
    match asked.turn() {
        2 if question.ends_with('!') => Reply::call("transfer_to_librarian", json!({})),
        turn if turn < pages => Reply::call("page", json!({"number": turn, "bytes": bytes})),
        turn => Reply::says(format!("{turn} pages")),
    }
}

async fn model() -> ModelServer {
    ScriptedModel::answering(script).start().await.expect("a port")
}

/// Several runs one after the other in one conversation, and several at once.
#[workflow]
async fn archive(question: String) -> Result<Vec<String>> {
    let ann = Archivist { name: "Ann".to_owned() };
    let run = ann.run(&question).await?;
    let mut talk = run.conversation;
    talk.push(Item::user(format!("8{}", &question[1..])));
    let second = ann.run(&talk).await?;
    let team: Vec<_> = ["Ben", "Cat", "Dan"].map(|name| Archivist { name: name.to_owned() }).into();
    let team = try_join_all(team.iter().map(|member| member.run(&talk))).await?;
    let answers = team.into_iter().map(|run| run.output);
    Ok([run.output, second.output].into_iter().chain(answers).collect())
}

/// What the model read, in an order that does not depend on who was quicker.
fn read(model: &ModelServer) -> Vec<String> {
    let mut read: Vec<_> = model.requests().iter().map(|asked| asked.body.to_string()).collect();
    read.sort();
    read
}

#[tokio::test(flavor = "multi_thread")]
async fn each_text_is_recorded_once() {
    let model = model().await;
    let app = server::app("linear").await.workflow(archive).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(archive, "6 4000".to_owned()).await.expect("it starts");
    server::result(&run).await.expect("it ends well");
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.count("page-0003-is-like-no-other"), 1, "a tool's result is recorded where it happened");
    assert_eq!(
        history.count("no text is to be recorded"),
        1,
        "only the very first call is so small that it goes whole"
    );
    // Five results of 4 kB of the first run, and some of the four others; the escapes of JSON come on top.
    let turns = history.activities().iter().filter(|name| *name == "steadfast.model").count();
    let results = turns - 5;
    assert!(history.bytes() < results * 5_700 + turns * 2_000, "{history:?} for {turns} turns");
    worker.stop().await.expect("it stops");
}

/// Runs the archive on workers that `with` makes of two, and returns what came out and what the model read.
async fn archived(
    by_reference: ByReference,
    question: &str,
    with: fn(Worker, Worker) -> Vec<RunningWorker>,
) -> (Vec<String>, Vec<String>) {
    let model = model().await;
    let app = server::app("archive").await;
    let queue = app.client().await.expect("a server").task_queue().to_owned();
    let app = app.by_reference(by_reference).workflow(archive).provider("openai", model.provider());
    // A connection takes one worker of a kind.
    let other = server::app("archive").await.task_queue(queue);
    let other = other.by_reference(by_reference).workflow(archive).provider("openai", model.provider());
    let workers = with(app.worker().await.expect("it can start"), other.worker().await.expect("it can start"));
    let run = app.start(archive, question.to_owned()).await.expect("it starts");
    let answers = server::result(&run).await.expect("it ends well");
    server::replayed(&app, &run).await;
    for worker in workers {
        worker.stop().await.expect("it stops");
    }
    (answers, read(&model))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_model_reads_the_same_whatever_the_workers_have_in_memory() {
    const QUESTION: &str = "5 900!";
    let inline = model().await;
    let answers = App::new("inline").provider("openai", inline.provider());
    let answers = answers.inline(archive(QUESTION.to_owned())).await.expect("it ends well");
    let expected = (answers, read(&inline));

    let one = |worker: Worker, _: Worker| vec![worker.spawn()];
    let two = |one: Worker, other: Worker| vec![one.spawn(), other.spawn()];
    let split = |one: Worker, other: Worker| vec![one.without_activities().spawn(), other.without_workflows().spawn()];
    let usual = ByReference::new();
    let forgetful = ByReference::new().cache(0);
    assert_eq!(archived(usual, QUESTION, one).await, expected, "one worker");
    let pages = forgetful.page(100);
    assert_eq!(archived(pages, QUESTION, one).await, expected, "every conversation is asked for, in small pages");
    assert_eq!(archived(usual, QUESTION, two).await, expected, "two workers take turns");
    assert_eq!(archived(usual, QUESTION, split).await, expected, "each worker has one half");
    assert_eq!(archived(forgetful.over(0), QUESTION, split).await, expected, "even the smallest go by reference");
    assert_eq!(archived(usual.over(usize::MAX), QUESTION, one).await, expected, "what is small goes with the call");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_may_be_larger_than_anything_that_can_be_sent_at_once() {
    let model = model().await;
    let app = server::app("large").await.workflow(single).provider("openai", model.provider());
    let app = app.by_reference(ByReference::new().cache(0));
    let worker = server::worker(&app).await;
    let run = app.start(single, "2 700000".to_owned()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "2 pages");
    let asked = model.requests().pop().expect("the model was asked");
    let output = asked.input_items().last().and_then(|item| item["output"].as_str()).expect("a tool's output");
    assert_eq!(output, text(1, 700_000), "it came in pieces, and came whole");
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn single(question: String) -> Result<String> {
    Ok(Archivist { name: "Ann".to_owned() }.run(question).await?.output)
}

/// Gives up on an agent while its model is being called, and is done.
#[workflow]
async fn impatient() -> String {
    let ann = Archivist { name: "Ann".to_owned() };
    select! {
        _ = ann.run("1 1") => "an answer".to_owned(),
        _ = page::call(1, 1) => "no patience".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_may_ask_a_workflow_that_is_gone() {
    let model = ScriptedModel::answering(|_| Reply::says("late").delay(Duration::from_secs(20)));
    let model = model.start().await.expect("a port");
    let app = server::app("gone").await.workflow(impatient).provider("openai", model.provider());
    let app = app.by_reference(ByReference::new().cache(0).over(0));
    let worker = server::worker(&app).await;
    for _ in 0..10 {
        let run = app.start(impatient, ()).await.expect("it starts");
        assert_eq!(server::result(&run).await.expect("it ends well"), "no patience");
        server::replayed(&app, &run).await;
    }
    worker.stop().await.expect("nothing hangs on a query");
}

/// Two deployments of one workflow, which differ in what they say.
#[workflow(name = "amended")]
async fn before_the_change(question: String) -> Result<String> {
    Ok(Archivist { name: "Ann".to_owned() }.run(question).await?.output)
}

#[workflow(name = "amended")]
async fn after_the_change(question: String) -> Result<String> {
    Ok(Archivist { name: "Zoe".to_owned() }.run(question).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_that_comes_out_otherwise_is_never_sent() {
    let model = ScriptedModel::answering(|_| Reply::fails(500)).start().await.expect("a port");
    let old = server::app("amended").await.by_reference(ByReference::new().cache(0).over(0));
    let old = old.workflow(before_the_change).provider("openai", model.provider());
    let worker = server::worker(&old).await;
    let run = old.start(before_the_change, "1 1".to_owned()).await.expect("it starts");
    while model.requests().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    worker.stop().await.expect("it stops, while the call waits for its next attempt");
    let asked = model.requests().len();

    let queue = old.client().await.expect("a server").task_queue().to_owned();
    let new = server::app("amended").await.task_queue(queue).by_reference(ByReference::new().cache(0).over(0));
    let new = new.workflow(after_the_change).provider("openai", model.provider());
    let worker = server::worker(&new).await;
    let error = server::result(&run).await.expect_err("it cannot go on").to_string();
    assert!(error.contains("was its code changed while it ran?"), "{error}");
    assert_eq!(model.requests().len(), asked, "the model was not asked something else");
    worker.stop().await.expect("it stops");
}
