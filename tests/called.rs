//! Agents that other agents call as tools.

use crate::server;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};
use steadfast::{
    Budget, Budgeted, ByReference, RunErrorKind, Target, WorkflowError,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// How formal a text is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
enum Tone {
    Plain,
    Formal,
}

/// Translates a text.
#[agent(model = "m", instructions = "Translate into {language}, {tone:?}.", tools = [glossary])]
struct Translator {
    /// The language to translate into.
    language: String,
    tone: Tone,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct Verdict {
    good: bool,
    reasons: Vec<String>,
}

/// Judges a text.
#[agent(model = "m", instructions = "You judge.", output = Verdict)]
struct Critic;

/// An order, as a whole.
#[derive(Debug, Deserialize, JsonSchema)]
#[expect(dead_code, reason = "it is for the model to fill in, and for another to read")]
struct Order {
    /// What was bought.
    article: String,
    pieces: u8,
}

/// Counts the pieces of an order.
#[agent(model = "m", instructions = "You count.", output = u32, max_turns = 2)]
struct Counter {
    input: Order,
}

/// Looks a word up.
#[tool]
fn glossary(word: String, log: State<Arc<AtomicUsize>>) -> Result<String, ToolError> {
    log.fetch_add(1, Ordering::SeqCst);
    match word.as_str() {
        "forbidden" => Err(ToolError::fatal("this word is the end of everything")),
        word => Ok(format!("{word}: see elsewhere")),
    }
}

#[agent(model = "m", instructions = "You publish.", tools = [Translator, glossary, Critic, Counter])]
struct Publisher;

#[workflow]
async fn publish(text: String) -> Result<(String, u32, u64)> {
    let run = Publisher.run(&text).await?;
    Ok((run.output, run.turns, run.usage.requests))
}

/// Calls an agent and a tool at once; the agent itself calls a tool twice.
fn publisher(asked: &Asked) -> Reply {
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("You publish.", 0) => Reply::calls([
            ("translator", json!({"language": "Latin", "tone": "Formal", "input": "Good day"})),
            ("glossary", json!({"word": "day"})),
            ("translator", json!({"language": "Greek", "tone": "Plain", "input": "Good night"})),
        ]),
        ("You publish.", 1) => Reply::calls([
            ("critic", json!({"input": "salve"})),
            ("counter", json!({"input": {"article": "tea", "pieces": 3}})),
        ]),
        ("You publish.", _) => Reply::says("published"),
        (_, 0) if asked.instructions() == Some("You judge.") => {
            Reply::says_json(&Verdict { good: true, reasons: vec!["short".to_owned()] })
        }
        (_, 0) if asked.instructions() == Some("You count.") => Reply::says_json(&json!({"response": 3})),
        (_, turn @ 0..2) => Reply::call("glossary", json!({"word": format!("word {turn}")})),
        (brief, _) => Reply::says(format!("{brief} {}", asked.user_text().unwrap_or_default())),
    }
}

async fn app(name: &str, reply: fn(&Asked) -> Reply) -> (App, ModelServer, Arc<AtomicUsize>) {
    let model = ScriptedModel::answering(reply).start().await.expect("a port");
    let lookups = Arc::new(AtomicUsize::new(0));
    let app = server::app(name).await.state(Arc::clone(&lookups)).provider("openai", model.provider());
    (app, model, lookups)
}

/// What the agent with these instructions was told of its calls, in its last request.
fn told<'a>(requests: &'a [Asked], instructions: &str) -> Vec<&'a str> {
    let last = requests.iter().rev().find(|asked| asked.instructions() == Some(instructions)).expect("it was asked");
    last.input_items().iter().filter_map(|item| item["output"].as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_are_called_with_typed_arguments_and_answer_as_tools_do() {
    let (app, model, lookups) = app("called", publisher).await;
    // Everything by reference: both ways of a conversation are to work beside each other.
    let app = app.workflow(publish).by_reference(ByReference::default().over(0));
    let worker = server::worker(&app).await;
    let run = app.start(publish, "Publish it.".to_owned()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    // Eleven calls of models were paid for, and three of them are turns of the run itself.
    assert_eq!(durable, ("published".to_owned(), 3, 11));
    assert_eq!(lookups.load(Ordering::SeqCst), 5);
    let requests = model.requests();
    assert_eq!(requests.len(), 11);

    let history = server::replayed(&app, &run).await;
    let activities = history.activities();
    assert_eq!(activities.iter().filter(|name| **name == "steadfast.model").count(), 11, "{activities:?}");
    assert_eq!(activities.iter().filter(|name| **name == "glossary").count(), 5, "{activities:?}");
    assert_eq!(activities.len(), 16, "an agent is no activity: {activities:?}");

    assert_eq!(requests[0].tool_names(), ["translator", "glossary", "critic", "counter"]);
    let translator = &requests[0].body["tools"][0];
    assert_eq!(translator["description"], "Translates a text.");
    assert_eq!(translator["parameters"]["required"], json!(["language", "tone", "input"]));
    let language = &translator["parameters"]["properties"]["language"];
    assert_eq!(*language, json!({"type": "string", "description": "The language to translate into."}));
    assert_eq!(requests[0].body["tools"][3]["parameters"]["properties"].as_object().map(serde_json::Map::len), Some(1));
    let counter = requests.iter().find(|asked| asked.instructions() == Some("You count.")).expect("it was asked");
    assert_eq!(counter.user_text(), Some(r#"{"article":"tea","pieces":3}"#));
    assert_eq!(
        told(&requests, "You publish."),
        [
            "Translate into Latin, Formal. Good day",
            "day: see elsewhere",
            "Translate into Greek, Plain. Good night",
            r#"{"good":true,"reasons":["short"]}"#,
            "3",
        ]
    );

    assert_eq!(app.inline(publish("Publish it.".to_owned())).await.expect("the same in-process"), durable);
    worker.stop().await.expect("it stops");
}

/// Makes every mistake in its turn, and goes on.
fn mistaken(asked: &Asked) -> Reply {
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("You publish.", 0) => Reply::calls([
            ("translator", json!({"language": 5, "tone": "Rude"})),
            ("critic", json!({"input": "salve", "pages": 2})),
            ("counter", json!({"input": {"article": "tea", "pieces": 3}})),
        ]),
        ("You publish.", 1) => Reply::call("critic", json!({"input": "vale"})),
        ("You publish.", _) => Reply::says("well then"),
        ("You judge.", _) => Reply::says("I do not feel like JSON"),
        // Without text it is asked again, as often as its turns allow.
        ("You count.", _) => Reply::says(""),
        _ => Reply::says("never asked"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_in_a_called_agent_is_told_to_the_one_that_called() {
    let (app, model, _) = app("mistaken", mistaken).await;
    let app = app.workflow(publish);
    let worker = server::worker(&app).await;
    let run = app.start(publish, "Publish it.".to_owned()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    assert_eq!((&*durable.0, durable.1, durable.2), ("well then", 3, 6));
    server::replayed(&app, &run).await;
    let failed = |what: &str| format!("An error occurred while running the tool. Please try again. Error: {what}");
    let requests = model.requests();
    let told = told(&requests, "You publish.");
    assert_eq!(told.len(), 4);
    assert!(told[0].contains("expected a string at /language"), "{}", told[0]);
    assert!(told[0].contains("at /tone") && told[0].contains("missing argument at /input"), "{}", told[0]);
    assert_eq!(told[1], failed("unknown argument at /pages (there are: input)"));
    assert_eq!(told[2], failed("max turns (2) exceeded"));
    let invalid = failed("the answer of agent `Critic` is not a valid output: expected value at line 1 column 1");
    assert_eq!(told[3], invalid);
    worker.stop().await.expect("it stops");
}

fn fatal(asked: &Asked) -> Reply {
    match asked.instructions() {
        Some("You publish.") => {
            Reply::call("translator", json!({"language": "Latin", "tone": "Plain", "input": "forbidden"}))
        }
        _ => Reply::call("glossary", json!({"word": "forbidden"})),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_fatal_in_a_called_agent_ends_the_whole_run() {
    let (app, _model, _) = app("fatal-within", fatal).await;
    let app = app.workflow(publish);
    let worker = server::worker(&app).await;
    let run = app.start(publish, "Publish it.".to_owned()).await.expect("it starts");
    let error = server::result(&run).await.expect_err("it has to fail");
    let Error::Workflow(WorkflowError::Failed { run: Some(error), .. }) = error else { panic!("{error}") };
    let RunErrorKind::ToolFatal { tool, message } = &error.kind else { panic!("{error}") };
    assert_eq!(tool, "translator");
    assert_eq!(message, "tool `glossary` failed: this word is the end of everything");
    server::replayed(&app, &run).await;
    worker.stop().await.expect("it stops");
}

/// An agent that calls itself.
#[agent(model = "m", tools = [Narcissus])]
struct Narcissus;

#[tokio::test(flavor = "multi_thread")]
async fn agents_that_call_themselves_come_to_an_end() {
    let model = ScriptedModel::answering(|asked: &Asked| {
        let told = asked.input_items().iter().find_map(|item| item["output"].as_str());
        told.map_or_else(|| Reply::call("narcissus", json!({"input": "Who is the fairest?"})), Reply::says)
    });
    let model = model.start().await.expect("a port");
    let app = App::new("mirror").agent::<Narcissus>().provider("openai", model.provider());
    let error = app.inline(Narcissus.run("Go")).await.expect_err("it cannot go on");
    let kind = RunErrorKind::BudgetExceeded { of: Budgeted::Depth, limit: 8, spent: 9 };
    assert_eq!(error.kind, kind);
    assert_eq!((error.partial.usage.requests, model.requests().len()), (9, 9), "all of them are paid for");
    let error = app.inline(Narcissus.run("Go").budget(Budget::new().depth(2))).await.expect_err("it cannot go on");
    assert_eq!(error.kind, RunErrorKind::BudgetExceeded { of: Budgeted::Depth, limit: 2, spent: 3 });
    assert_eq!(
        error.to_string(),
        "the budget of 2 levels of agents that call each other is not enough; 3 spent or asked for"
    );
}

#[workflow]
async fn twice(rounds: u32) -> Result<Vec<String>> {
    let mut answers = Vec::new();
    for round in 0..rounds {
        answers.push(Publisher.run(format!("round {round}")).await?.output);
        answers.push(glossary::call(format!("after {round}")).await?);
    }
    Ok(answers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_with_calls_of_agents_goes_on_over_many_histories() {
    let (app, model, lookups) = app("called-for-long", publisher).await;
    let app = app.workflow(twice).target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let run = app.start(twice, 4).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 2, "{histories:?}");
    assert_eq!(model.requests().len(), 44, "no model was asked twice");
    assert_eq!(lookups.load(Ordering::SeqCst), 24, "no tool was called twice");
    assert_eq!(app.inline(twice(4)).await.expect("the same in-process"), durable);
    worker.stop().await.expect("it stops");
}
