//! What a model is offered, what is not done twice, and what the workflow does by itself.

use crate::server;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use steadfast::{
    RunErrorKind, RunEventKind, Turn,
    model::ModelSettings,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

/// Looks an order up.
#[tool(effects = [read])]
fn look_up(order: u32) -> String {
    format!("order {order}: 12 euros")
}

/// Pays an order back.
#[tool(effects = [money, "customers"], enabled = once_looked_up)]
fn pay_back(order: u32) -> String {
    format!("order {order}: paid back")
}

fn once_looked_up(turn: &Turn<'_>) -> bool {
    assert_eq!(turn.agent, "Refunds");
    assert!(turn.number >= 1 && !turn.conversation.is_empty());
    turn.has_used_tools
}

#[agent(
    model = "m",
    tools = [look_up, pay_back],
    grants = [read, money, customers],
    tool_choice = pay_back,
    reset_tool_choice = false,
)]
struct Refunds;

#[workflow]
async fn refund(order: u32) -> Result<String> {
    Ok(Refunds.run(order.to_string()).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tool_is_offered_when_its_rule_says_so() {
    let model = ScriptedModel::answering(|asked: &Asked| match (asked.turn(), asked.user_text()) {
        (0, Some("7")) => Reply::call("look_up", json!({"order": 7})),
        (1, _) => Reply::call("pay_back", json!({"order": 7})),
        // Not offered yet.
        (0, _) => Reply::call("pay_back", json!({"order": 8})),
        _ => Reply::says("done"),
    });
    let model = model.start().await.expect("a port");
    let app = server::app("refunds").await.workflow(refund).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(refund, 7).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "done");
    server::replayed(&app, &run).await;
    let requests = model.requests();
    assert_eq!(requests[0].tool_names(), ["look_up"]);
    assert_eq!(requests[0].body.get("tool_choice"), None, "what is not offered cannot be asked for");
    assert_eq!(requests[1].tool_names(), ["look_up", "pay_back"]);
    assert_eq!(requests[1].body["tool_choice"]["name"], "pay_back");
    let error = app.inline(refund(8)).await.expect_err("it calls what it was not offered");
    let Error::Run(error) = error else { panic!("{error}") };
    assert_eq!(error.kind, RunErrorKind::ToolNotFound { tool: "pay_back".into(), agent: "Refunds".into() });
    worker.stop().await.expect("it stops");
}

#[derive(Default)]
struct Calls(AtomicU32);

#[derive(Serialize, Deserialize, JsonSchema)]
struct Pair {
    one: u32,
    two: Option<u32>,
}

/// Converts at today's rate.
#[tool(cache = "1h", max_output = 12, effects = [])]
fn rate(pair: Pair, fails: bool, calls: State<Calls>) -> Result<String, ToolError> {
    let call = calls.0.fetch_add(1, Ordering::Relaxed) + 1;
    if fails {
        return Err(ToolError::new(format!("failure {call}")));
    }
    Ok(format!("call {call}, {} and {:?}", pair.one, pair.two))
}

/// Forgets at once.
#[tool(cache = "1ms")]
fn brief(calls: State<Calls>) -> u32 {
    calls.0.fetch_add(1, Ordering::Relaxed) + 1
}

#[agent(model = "m", tools = [rate])]
struct Broker;

#[workflow]
async fn broker(pairs: Vec<Value>) -> Result<String> {
    Ok(Broker.run(serde_json::to_string(&pairs).unwrap_or_default()).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_serves_again_for_equal_arguments() {
    let model = ScriptedModel::answering(|asked: &Asked| {
        let calls: Vec<String> = serde_json::from_str(asked.user_text().unwrap_or_default()).unwrap_or_default();
        match calls.get(asked.turn()) {
            Some(arguments) => Reply::raw_call("rate", arguments),
            None => Reply::says("done"),
        }
    });
    let model = model.start().await.expect("a port");
    let app = server::app("rates").await.workflow(broker).state(Calls::default());
    let app = app.tool::<brief>().provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let calls = [
        r#"{"pair":{"one":1,"two":2},"fails":false}"#,
        r#"{"fails":false,"pair":{"two":2,"one":1}}"#,
        r#"{"pair":{"one":1,"two":null},"fails":false}"#,
        r#"{"pair":{"one":1,"two":2},"fails":true}"#,
        r#"{"pair":{"one":1,"two":2},"fails":true}"#,
        r#"{"pair":{"one":1,"two":2},"fails":false,"more":1}"#,
    ];
    let run = app.start(broker, calls.map(Value::from).into()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "done");
    let requests = model.requests();
    let asked = requests.last().expect("there was one");
    let told: Vec<&str> = asked.input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    let cut = "[cut off: these are the first 12 of";
    assert!(told[0].starts_with("call 1, 1 an …") && told[0].contains(cut), "{}", told[0]);
    assert_eq!(told[1], told[0], "the order of keys means nothing");
    assert!(told[2].starts_with("call 2"), "{}", told[2]);
    assert!(told[3].ends_with("failure 3") && told[4].ends_with("failure 4"), "failures are not kept: {told:?}");
    assert!(told[5].contains("unknown argument at /more"), "a wrong call has no result: {}", told[5]);

    // One app, one cache: what the worker has got serves in-process as well, and whole.
    let again = app.inline(async { rate::call(Pair { one: 1, two: Some(2) }, false).await }).await;
    assert_eq!(again.expect("it is there"), "call 1, 1 and Some(2)");
    let first = app.inline(brief::call()).await.expect("a number");
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    assert_eq!(app.inline(brief::call()).await.expect("a number"), first + 1);
    worker.stop().await.expect("it stops");
}

/// Adds numbers up.
#[tool(inline, max_output = 5)]
fn add(numbers: Vec<i64>, #[arg(range(max = 10))] times: Option<i64>) -> Result<String, ToolError> {
    if numbers.is_empty() {
        return Err(ToolError::new("nothing to add"));
    }
    assert!(numbers[0] != 13, "a bug");
    Ok((numbers.iter().sum::<i64>() * times.unwrap_or(1)).to_string())
}

#[agent(model = "m", tools = [add])]
struct Adder;

#[workflow]
async fn adding(start: i64) -> Result<(String, String)> {
    let run = Adder.run("go").await?;
    Ok((run.output, add::call(vec![start, 1_000_000], None).await?))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inline_tool_is_part_of_the_workflow() {
    let model = ScriptedModel::new()
        .calls([
            ("add", json!({"numbers": [1, 2, 3]})),
            ("add", json!({"numbers": []})),
            ("add", json!({"numbers": [13]})),
            ("add", json!({"numbers": [1], "times": 11})),
            ("add", json!({"numbers": [123_456]})),
        ])
        .says("added");
    let model = model.start().await.expect("a port");
    let app = server::app("adding").await.workflow(adding).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(adding, 1).await.expect("it starts");
    let expected = ("added".to_owned(), "1000001".to_owned());
    assert_eq!(server::result(&run).await.expect("it ends well"), expected);
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities(), ["steadfast.model"; 2], "nothing else is recorded");
    let told = |requests: &[Asked]| -> Vec<String> {
        let items = requests[1].input_items();
        items.iter().filter_map(|item| item["output"].as_str().map(str::to_owned)).collect()
    };
    let requests = model.requests();
    let begin = "An error occurred while running the tool. Please try again. Error:";
    assert_eq!(
        told(&requests),
        [
            "6".to_owned(),
            format!("{begin} nothing to add"),
            format!("{begin} tool `add` panicked"),
            format!("{begin} 11 is greater than the maximum of 10 at /times"),
            "12345 … [cut off: these are the first 5 of 6 bytes]".to_owned(),
        ]
    );
    assert_eq!(app.inline(adding(1)).await.expect("the same in-process"), expected);
    assert_eq!(told(&model.requests()[2..]), told(&requests));
    worker.stop().await.expect("it stops");
}

#[agent(model = "m", instructions = "You repeat.", cache = "1h")]
struct Parrot;

#[agent(model = "m", instructions = "You repeat.", cache = "1ms")]
struct Forgetful;

#[workflow]
async fn parrot((question, temperature): (String, Option<f64>)) -> Result<(String, u64, u64)> {
    let settings = ModelSettings { temperature, ..ModelSettings::default() };
    let run = Parrot.run(question).settings(settings).await?;
    Ok((run.output, run.usage.requests, run.usage.total_tokens()))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_serves_again_for_an_equal_request() {
    let model = ScriptedModel::answering(|asked: &Asked| match asked.user_text() {
        Some("fail") => Reply::fails(400),
        text => Reply::says(text.unwrap_or_default()).tokens(7, 3),
    });
    let model = model.start().await.expect("a port");
    let app = server::app("parrot").await.workflow(parrot).agent::<Forgetful>().provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let asked = async |question: &str, temperature| {
        let run = app.start(parrot, (question.to_owned(), temperature)).await.expect("it starts");
        let answer = server::result(&run).await;
        server::replayed(&app, &run).await;
        answer.ok()
    };
    let answer = |text: &str, requests, tokens| Some((text.to_owned(), requests, tokens));
    assert_eq!(asked("Hi", None).await, answer("Hi", 1, 10));
    assert_eq!(asked("Hi", None).await, answer("Hi", 0, 0), "what is remembered costs nothing");
    assert_eq!(asked("Ho", None).await, answer("Ho", 1, 10));
    assert_eq!(asked("Hi", Some(0.5)).await, answer("Hi", 1, 10), "it is another request");
    assert_eq!(model.requests().len(), 3);
    assert_eq!((asked("fail", None).await, asked("fail", None).await), (None, None));
    assert_eq!(model.requests().len(), 5, "errors are not kept");

    // Who reads along reads what is remembered.
    for requests in [1, 0] {
        let (text, run) = app
            .inline(async {
                let mut run = Parrot.run_streamed("Hey");
                let mut text = String::new();
                while let Some(event) = run.next().await {
                    if let RunEventKind::Text { delta, .. } = event.kind {
                        text.push_str(&delta);
                    }
                }
                (text, run.await.expect("it ends well"))
            })
            .await;
        assert_eq!((text.as_str(), run.usage.requests), ("Hey", requests));
    }
    let before = model.requests().len();
    for _ in 0..2 {
        app.inline(Forgetful.run("Hum")).await.expect("it ends well");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(model.requests().len(), before + 2);
    worker.stop().await.expect("it stops");
}
