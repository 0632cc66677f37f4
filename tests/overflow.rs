//! Conversations that are too long for a model, and models that cannot answer: what is tried, how often, and what is said in
//! the end.

use crate::server;
use futures::future::BoxFuture;
use serde_json::json;
use std::time::{Duration, Instant};
use steadfast::{
    Error, RunErrorKind, Session, WorkflowError,
    filters::forget_outputs,
    model::{Item, Model, ModelError, ModelErrorClass, ModelRequest, ModelResponse, Provider},
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// A page of a long book.
#[tool]
fn page(number: u32) -> String {
    format!("page {number}: {}", "lorem ipsum ".repeat(200))
}

/// Sums up.
#[agent(model = "m", instructions = "You sum up.")]
struct Summariser;

#[agent(model = "m", instructions = "You read.", tools = [page], compaction = Summariser)]
struct Reader;

#[agent(model = "m", instructions = "You read.", tools = [page], compaction_filter = forget_outputs)]
struct Forgetful;

#[agent(model = "m", instructions = "You read.", tools = [page])]
struct Stubborn;

#[workflow]
async fn read((reader, pages): (String, u32)) -> Result<(String, usize)> {
    let book = format!("Read {pages} pages.");
    let run = match reader.as_str() {
        "Reader" => Reader.run(book).await?,
        "Forgetful" => Forgetful.run(book).await?,
        _ => Stubborn.run(book).await?,
    };
    Ok((run.output.clone(), run.items().len()))
}

/// A model that reads ten thousand bytes at once, and one page after the other.
fn small_model(asked: &Asked) -> Reply {
    let (items, text) = (asked.input_items(), json!(asked.input_items()).to_string());
    if text.len() > 10_000 {
        let body = json!({"error": {"message": "too long", "code": "context_length_exceeded"}}).to_string();
        return Reply::fails_with(400, [], body);
    }
    if asked.instructions() == Some("You sum up.") {
        return Reply::says("three pages were read");
    }
    let wanted: usize = text.split("Read ").nth(1).and_then(|rest| rest.split(' ').next()?.parse().ok()).unwrap_or(0);
    let outputs = items.iter().filter(|item| item["type"] == "function_call_output").count();
    let summed_up = if text.contains("three pages were read") { 3 } else { 0 };
    match outputs + summed_up {
        read if read >= wanted => Reply::says("read"),
        read => Reply::call("page", json!({"number": read})),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_long_is_put_into_fewer_words_once() {
    let model = ScriptedModel::answering(small_model).start().await.expect("a port");
    let app = server::app("overflow").await.workflow(read).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let table = [
        // Four pages are too long; three are in the summary, and nothing is lost of what was said.
        ("Reader", 6, Ok(("read".to_owned(), 13))),
        ("Forgetful", 6, Ok(("read".to_owned(), 13))),
        // What is too long a second time is so for good.
        ("Reader", 20, Err(ModelErrorClass::ContextLength)),
        ("Stubborn", 6, Err(ModelErrorClass::ContextLength)),
    ];
    for (reader, pages, expected) in table {
        let class = |error: &RunErrorKind| match error {
            RunErrorKind::Model(ModelError { class, .. }) => *class,
            other => panic!("{other}"),
        };
        let input = (reader.to_owned(), pages);
        let inline = match app.inline(read(input.clone())).await {
            Err(Error::Run(error)) => Err(class(&error.kind)),
            other => Ok(other.expect("it is read")),
        };
        let run = app.start(read, input).await.expect("it starts");
        let durable = match server::result(&run).await {
            Err(Error::Workflow(WorkflowError::Failed { run: Some(run), .. })) => Err(class(&run.kind)),
            other => Ok(other.expect("it is read")),
        };
        server::replayed(&app, &run).await;
        assert_eq!((&inline, &durable), (&expected, &expected), "{reader}, {pages}");
    }
    let summaries = |asked: &&Asked| asked.instructions() == Some("You sum up.");
    assert_eq!(model.requests().iter().filter(summaries).count(), 4, "one in each of the reader's runs");
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn read_on() -> Result<(usize, usize)> {
    let mut session = Session::new();
    Reader.run("Read 6 pages.").session(&mut session).await?;
    let shown = session.shown().len();
    Reader.run("Read 6 pages, and say so.").session(&mut session).await?;
    Ok((session.len(), shown))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_goes_on_with_what_was_put_into_fewer_words() {
    let model = ScriptedModel::answering(small_model).start().await.expect("a port");
    let app = server::app("read-on").await.workflow(read_on).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(read_on, ()).await.expect("it starts");
    // All that was said is kept: a question, six calls and their pages, an answer; and once more a question and an answer. Shown
    // is a summary, the question, what came after the summary, and the answer.
    let expected = (16, 9);
    assert_eq!(server::result(&run).await.expect("it is read"), expected);
    server::replayed(&app, &run).await;
    assert_eq!(app.inline(read_on()).await.expect("it is read"), expected);
    let summaries = model.requests().iter().filter(|asked| asked.instructions() == Some("You sum up.")).count();
    assert_eq!(summaries, 2, "one each time");
    worker.stop().await.expect("it stops");
}

#[agent(model = "first", fallback_models = ["second"], retries = 3)]
struct Careful;

#[agent(model = "first", retries = 1)]
struct Patient;

#[workflow]
async fn ask(patient: bool) -> Result<String> {
    Ok(if patient { Patient.run("Hi").await?.output } else { Careful.run("Hi").await?.output })
}

async fn app(name: &str, reply: fn(&Asked) -> Reply) -> (App, ModelServer) {
    let model = ScriptedModel::answering(reply).start().await.expect("a port");
    (server::app(name).await.workflow(ask).provider("openai", model.provider()), model)
}

fn models(model: &ModelServer) -> Vec<String> {
    model.requests().iter().map(|asked| asked.model().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn models_share_the_attempts_of_a_call() {
    let (app, model) = app("attempts", |_| Reply::fails(503)).await;
    let worker = server::worker(&app).await;
    let error = app.inline(Careful.run("Hi")).await.expect_err("nobody answers");
    let RunErrorKind::Model(error) = error.kind else { panic!("{error}") };
    assert_eq!((error.class, error.attempts), (ModelErrorClass::Overloaded, 2));
    assert_eq!(models(&model), ["first", "first", "second", "second"]);

    let run = app.start(ask, false).await.expect("it starts");
    let error = server::result(&run).await.expect_err("nobody answers");
    let Error::Workflow(WorkflowError::Failed { run: Some(error), .. }) = error else { panic!("{error}") };
    let RunErrorKind::Model(error) = error.kind else { panic!("{error}") };
    assert_eq!((error.class, error.attempts), (ModelErrorClass::Overloaded, 2));
    assert_eq!(models(&model)[4..], ["first", "first", "second", "second"]);
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

/// A model whose calls are held back so often before they are sent.
struct HeldBack(std::sync::atomic::AtomicU32);

impl Model for HeldBack {
    fn respond(&self, _: ModelRequest) -> BoxFuture<'_, std::result::Result<ModelResponse, ModelError>> {
        Box::pin(async move {
            if self.0.fetch_sub(1, std::sync::atomic::Ordering::SeqCst) > 1 {
                let mut error = ModelError::new(ModelErrorClass::RateLimited, "not sent");
                (error.code, error.retry_after) = (Some("held_back".to_owned()), Some(Duration::from_millis(20)));
                return Err(error);
            }
            Ok(ModelResponse { items: vec![Item::assistant("Hello.")], ..ModelResponse::default() })
        })
    }
}

#[agent(model = "mine/m", retries = 0)]
struct Hasty;

#[workflow]
async fn hurry() -> Result<String> {
    Ok(Hasty.run("Hi").await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_held_back_is_waited_for_and_was_no_attempt() {
    let app = || async { server::app("held-back").await.provider("mine", Provider::custom(HeldBack(4.into()))) };
    assert_eq!(app().await.inline(hurry()).await.expect("it has its turn in the end"), "Hello.");
    let app = app().await.workflow(hurry);
    let worker = server::worker(&app).await;
    let run = app.start(hurry, ()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it has its turn in the end"), "Hello.");
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

/// The first asks for a long wait.
fn busy(asked: &Asked) -> Reply {
    match asked.model() {
        "first" => Reply::fails_with(429, [("retry-after", "61")], "{}"),
        _ => Reply::says("Hello."),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_long_where_another_model_answers() {
    let (app, model) = app("busy", busy).await;
    let worker = server::worker(&app).await;
    let began = Instant::now();
    assert_eq!(app.inline(ask(false)).await.expect("the second answers"), "Hello.");
    let run = app.start(ask, false).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("the second answers"), "Hello.");
    assert!(began.elapsed() < Duration::from_secs(30));
    assert_eq!(models(&model), ["first", "second", "first", "second"]);
    worker.stop().await.expect("it stops");
}

pub(crate) async fn a_long_wait_is_the_workflows_timer_and_no_workers_business() {
    let model = ScriptedModel::new().fails_with(429, [("retry-after", "61")], "{}").says("Hello.").start();
    let model = model.await.expect("a port");
    let app = server::app("patient").await.workflow(ask).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(ask, true).await.expect("it starts");
    model.received(1).await;
    // It needs no worker meanwhile.
    tokio::time::sleep(Duration::from_secs(2)).await;
    worker.stop().await.expect("it stops");
    let worker = server::worker(&app).await;
    assert_eq!(server::result(&run).await.expect("it waits"), "Hello.");
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities(), ["steadfast.model", "steadfast.model"]);
    assert!(history.events().contains(&"TimerStarted".to_owned()), "{:?}", history.events());
    worker.stop().await.expect("it stops");
}
