//! What the options of `#[tool]` and `#[agent]` do, in-process and on a server.

use crate::server;
use serde_json::{Value, json};
use std::{
    collections::{BTreeSet, HashMap},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};
use steadfast::{
    RunErrorKind,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
    tool::{ToolFailure, ToolFailureKind},
};

/// The most that may be paid at once.
const MOST: f64 = 500.0;

fn euro() -> String {
    "EUR".to_owned()
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Split {
    /// Who pays a part.
    #[schemars(length(min = 2, max = 40))]
    name: String,
    #[schemars(range(min = 1, max = 99))]
    percent: Option<u8>,
}

/// Pays a bill.
#[tool]
fn pay(
    #[arg(range(min = 1, max = MOST))] amount: f64,
    #[serde(rename = "to", alias = "payee", alias = "recipient")]
    #[schemars(length(min = 3))]
    account: String,
    #[arg(pattern = "^[A-Z]{3}$")]
    #[serde(default = "euro")]
    currency: String,
    #[arg(length(max = 2), default)] split: Vec<Split>,
    #[schemars(inner(length(equal = 2)))]
    #[serde(default)]
    countries: BTreeSet<String>,
) -> String {
    format!("{amount} {currency} to {account}, {} parts, {} countries", split.len(), countries.len())
}

#[agent(model = "m", tools = [pay])]
struct Clerk;

/// What the model is told of calls with these arguments, one after the other.
async fn told(calls: Vec<Value>) -> Vec<String> {
    let last = calls.len();
    let model = ScriptedModel::answering(move |asked: &Asked| match asked.turn() {
        turn if turn < last => Reply::call("pay", calls[turn].clone()),
        _ => Reply::says("done"),
    });
    let model = model.start().await.expect("a port");
    let app = App::new("options").provider("openai", model.provider());
    let run = app.inline(async { Clerk.run("pay").max_turns(100).await }).await.expect("it ends well");
    assert_eq!(run.output, "done");
    let requests = model.requests();
    let asked = requests.last().expect("there was one");
    asked.input_items().iter().filter_map(|item| item["output"].as_str().map(str::to_owned)).collect()
}

#[tokio::test]
async fn arguments_that_break_a_rule_never_reach_the_tool() {
    let good = json!({"amount": 5, "to": "Ann"});
    let with = |changes: Value| {
        let mut arguments = good.clone();
        arguments.as_object_mut().expect("an object").extend(changes.as_object().cloned().unwrap_or_default());
        arguments
    };
    let cases = [
        (with(json!({"amount": 0.5})), "0.5 is less than the minimum of 1 at /amount"),
        (with(json!({"amount": 500.5})), "500.5 is greater than the maximum of 500.0 at /amount"),
        (with(json!({"to": "Al"})), "\"Al\" is shorter than 3 characters at /to"),
        (with(json!({"currency": "euro"})), "\"euro\" does not match \"^[A-Z]{3}$\" at /currency"),
        (
            with(json!({"split": [{"name": "Al"}, {"name": "B"}]})),
            "\"B\" is shorter than 2 characters at /split/1/name",
        ),
        (with(json!({"split": [{"name": "Al", "percent": 100}]})), " at /split/0/percent"),
        (with(json!({"split": [{"name": "x".repeat(500)}]})), "this is longer than 40 characters at /split/0/name"),
        (with(json!({"countries": ["PT", "ESP"]})), "\"ESP\" is longer than 2 characters at /countries/1"),
        (with(json!({"payee": "Bob"})), "`payee` is another name of `to`, and both are given at /payee"),
        (with(json!({"tip": 1})), "unknown argument at /tip (there are: amount, to, currency, split, countries)"),
        // All at once, so that one answer of the model's can mend them all.
        (
            json!({"amount": 0, "split": [{"name": "B"}, {"name": 7}], "tip": 1}),
            "unknown argument at /tip (there are: amount, to, currency, split, countries); \
             0 is less than the minimum of 1 at /amount; \"B\" is shorter than 2 characters at /split/0/name; \
             missing argument at /to; invalid type: integer `7`, expected a string at /split/1/name",
        ),
    ];
    let (calls, expected): (Vec<Value>, Vec<&str>) = cases.into_iter().unzip();
    for (told, expected) in told(calls).await.iter().zip(expected) {
        assert!(told.starts_with("An error occurred while running the tool. Please try again. Error: "), "{told}");
        assert!(told.contains(expected), "{expected:?} is missing in {told}");
    }
}

#[tokio::test]
async fn names_and_defaults_are_as_serde_has_them() {
    let calls = vec![
        json!({"amount": 5, "to": "Ann"}),
        json!({"amount": 5, "payee": "Ann", "currency": "USD"}),
        json!({"amount": 5, "recipient": "Ann", "countries": ["PT", "PT"], "split": [{"name": "Al", "percent": null}]}),
    ];
    assert_eq!(
        told(calls).await,
        [
            "5 EUR to Ann, 0 parts, 0 countries",
            "5 USD to Ann, 0 parts, 0 countries",
            "5 EUR to Ann, 1 parts, 1 countries"
        ]
    );
    let schemas = App::new("options").tool::<pay>().schemas().expect("they are strict");
    let pay = &schemas["pay"]["parameters"];
    assert_eq!(pay["required"], json!(["amount", "to", "currency", "split", "countries"]));
    assert_eq!(pay["properties"]["amount"], json!({"type": "number", "minimum": 1, "maximum": 500.0}));
    assert_eq!(pay["properties"]["currency"], json!({"type": "string", "pattern": "^[A-Z]{3}$", "default": "EUR"}));
    assert_eq!(pay["properties"]["split"]["maxItems"], 2);
    assert_eq!(pay["properties"]["countries"]["items"], json!({"type": "string", "minLength": 2, "maxLength": 2}));
}

/// Has a rule that nobody can follow.
#[tool]
fn garbled(#[arg(pattern = "[")] code: String) -> String {
    code
}

#[agent(model = "m", tools = [garbled])]
struct Garbler;

#[tokio::test]
async fn a_rule_that_cannot_be_read_is_never_passed_over() {
    let expected = "a rule for the arguments of tool `garbled` cannot be read";
    let error = App::new("garbled").agent::<Garbler>().validate().expect_err("no worker starts with it");
    assert!(error.to_string().contains(expected), "{error}");
    let model = ScriptedModel::new().call("garbled", json!({"code": "x"})).start().await.expect("a port");
    let app = App::new("garbled").provider("openai", model.provider());
    let error = app.inline(async { Garbler.run("go").await }).await.expect_err("and outside of one the run fails");
    assert!(error.to_string().contains(expected), "{error}");
}

/// Labels a thing.
#[tool(strict = false)]
fn label(labels: HashMap<String, u32>, note: Option<String>, anything: Value) -> String {
    format!("{} labels, {note:?}, {anything}", labels.len())
}

/// Finds a place between two points.
#[tool]
fn between(from: (f64, f64), to: (f64, f64, String)) -> String {
    format!("{from:?} {to:?}")
}

#[test]
fn schemas_are_strict_unless_they_need_not_be() {
    let schemas = App::new("options").tool::<label>().tool::<between>().schemas().expect("they have schemas");
    let (label, between) = (&schemas["label"], &schemas["between"]);
    assert_eq!((&label["strict"], &between["strict"]), (&json!(false), &json!(true)));
    assert_eq!(label["parameters"]["required"], json!(["labels"]));
    assert_eq!(label["parameters"]["properties"]["labels"]["additionalProperties"]["format"], "uint32");
    let point = json!({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2});
    assert_eq!(between["parameters"]["properties"]["from"], point);
}

/// Reads a long page.
#[tool(max_output = 10)]
fn page() -> String {
    "0123456789abc".to_owned()
}

/// Reads a long list.
#[tool(max_output(bytes = 10, beyond = "fail"))]
fn list() -> Vec<u32> {
    (0..100).collect()
}

/// Fails in its own words.
#[tool(on_error = in_other_words, description = "Fails.")]
fn fails() -> Result<(), ToolError> {
    Err(ToolError::new("disk 7 is full"))
}

fn in_other_words(failure: &ToolFailure) -> String {
    assert_eq!(failure.kind, ToolFailureKind::Failed);
    format!("try later ({} letters)", failure.message.len())
}

/// Fails for good.
#[tool(on_error = "fail")]
fn breaks() -> Result<(), ToolError> {
    Err(ToolError::new("broken"))
}

#[agent(model = "m", tools = [page, list, fails, breaks])]
struct Reader;

#[workflow]
async fn reading(tools: Vec<String>) -> Result<String> {
    Ok(Reader.run(tools.join(" ")).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_model_sees_of_a_result_is_up_to_the_tool() {
    let model = ScriptedModel::answering(|asked: &Asked| match asked.turn() {
        0 => Reply::calls(asked.user_text().unwrap_or_default().split(' ').map(|tool| (tool, json!({})))),
        _ => Reply::says("done"),
    });
    let model = model.start().await.expect("a port");
    let app = server::app("reading").await.workflow(reading).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(reading, ["page", "list", "fails"].map(str::to_owned).into()).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), "done");
    server::replayed(&app, &run).await;
    let requests = model.requests();
    let told: Vec<&str> = requests[1].input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    assert_eq!(told[0], "0123456789 … [cut off: these are the first 10 of 13 bytes]");
    assert!(
        told[1].ends_with("the result of tool `list` is 291 bytes, over the limit of 10; return less"),
        "{}",
        told[1]
    );
    assert_eq!(told[2], "try later (14 letters)");
    // Code that calls the tool gets it all.
    assert_eq!(app.inline(list::call()).await.expect("it is there").len(), 100);

    let error = app.inline(reading(vec!["breaks".to_owned()])).await.expect_err("it fails");
    let Error::Run(error) = error else { panic!("{error}") };
    assert_eq!(error.kind, RunErrorKind::ToolFatal { tool: "breaks".into(), message: "broken".into() });
    worker.stop().await.expect("it stops");
}

#[derive(Debug, thiserror::Error)]
enum CardError {
    #[error("the card was declined")]
    Declined,
    #[error("the bank is closed")]
    Closed,
}

#[derive(Default)]
struct Attempts(AtomicU32);

/// Charges a card.
#[tool(retries = 3, backoff(initial = "50ms", coefficient = 1.0), non_retryable = ["CardError", "Fraud"])]
fn charge(how: u32, attempts: State<Attempts>) -> Result<u32, ToolError> {
    let attempt = attempts.0.fetch_add(1, Ordering::Relaxed) + 1;
    match how {
        0 => Err(CardError::Declined)?,
        1 => Err(ToolError::new("looks bad").named("Fraud")),
        2 if attempt < 3 => Err(ToolError::new("try again")),
        3 if attempt < 2 => Err(ToolError::retry_after("not so fast", Duration::from_millis(1500))),
        _ => Ok(attempt),
    }
}

/// Charges a card by another bank.
#[tool(retries = 3, non_retryable = ["CardError"])]
fn charge_elsewhere(attempts: State<Attempts>) -> Result<u32, CardError> {
    attempts.0.fetch_add(1, Ordering::Relaxed);
    Err(CardError::Closed)
}

#[workflow]
async fn charging(how: u32) -> Result<u32> {
    Ok(if how == 9 { charge_elsewhere::call().await? } else { charge::call(how).await? })
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_are_tried_again_as_the_tool_says() {
    for (how, attempts, least) in [(0, 1, 0), (1, 1, 0), (2, 3, 100), (3, 2, 1500), (9, 1, 0)] {
        for durable in [false, true] {
            let app = server::app("charging").await.workflow(charging).state(Attempts::default());
            let began = Instant::now();
            let result = if durable {
                let worker = server::worker(&app).await;
                let run = app.start(charging, how).await.expect("it starts");
                let result = server::result(&run).await.map_err(|error| error.to_string());
                worker.stop().await.expect("it stops");
                result
            } else {
                app.inline(charging(how)).await.map_err(|error| error.to_string())
            };
            let took = began.elapsed();
            match how {
                2 | 3 => assert_eq!(result, Ok(attempts), "{how} {durable}"),
                _ => assert!(result.is_err(), "{how} {durable} {result:?}"),
            }
            assert!(took >= Duration::from_millis(least), "{how} {durable} {took:?}");
            let again = app.inline(async { charge::call(2).await }).await;
            assert_eq!(again.expect("the count is kept"), attempts.max(2) + 1, "{how} {durable}");
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, PartialEq)]
struct Total {
    cents: u32,
}

/// Adds up a bill.
#[tool]
fn add_up(items: Vec<u32>) -> Total {
    Total { cents: items.into_iter().sum() }
}

#[agent(
    model = "m",
    instructions = Self::brief,
    tools = [add_up, page],
    output = Total,
    tool_use_behavior = [add_up],
    tool_choice = "required",
    reset_tool_choice = false,
    provider_options = { "service_tier": "flex", "temperature": 0.5 },
    temperature = 0.1,
    retries = 1,
    timeout = "20s",
)]
struct Accountant {
    calls: AtomicU32,
}

impl Accountant {
    fn brief(&self) -> String {
        format!("Brief {}.", self.calls.fetch_add(1, Ordering::Relaxed))
    }
}

#[agent(model = "m", tools = [add_up, page], tool_use_behavior = "stop_on_first_tool")]
struct Hasty;

#[tokio::test]
async fn the_output_of_a_tool_may_be_the_answer() {
    let model = ScriptedModel::new()
        .call("page", json!({}))
        .calls([("page", json!({})), ("add_up", json!({"items": [5, 7]}))])
        .call("page", json!({}))
        .start()
        .await
        .expect("a port");
    let app = App::new("options").provider("openai", model.provider());
    let accountant = Accountant { calls: AtomicU32::new(1) };
    let run = app.inline(async { accountant.run("add up").await }).await.expect("it ends well");
    assert_eq!((run.output, run.turns), (Total { cents: 12 }, 2));
    let run = app.inline(async { Hasty.run("read").await }).await.expect("it ends well");
    assert_eq!(run.output, "0123456789 … [cut off: these are the first 10 of 13 bytes]");

    let requests = model.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!((requests[0].instructions(), requests[1].instructions()), (Some("Brief 1."), Some("Brief 2.")));
    for request in &requests[..2] {
        assert_eq!(request.body["tool_choice"], "required", "it is not reset");
        assert_eq!((&request.body["service_tier"], &request.body["temperature"]), (&json!("flex"), &json!(0.5)));
    }
}

#[agent(model = "m", provider_options = { "model": "other" })]
struct Sly;

#[test]
fn what_a_request_is_made_of_is_no_option() {
    let model = steadfast::model::Provider::responses("http://127.0.0.1:9").api_key("k");
    let error = App::new("sly").provider("openai", model).agent::<Sly>().validate().expect_err("it is refused");
    let text = error.to_string();
    assert!(text.contains("agent `Sly` has `model` among its `provider_options`"), "{text}");
}
