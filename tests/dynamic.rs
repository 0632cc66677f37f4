//! Tools and agents that are made while the program runs.

use crate::server;
use serde_json::json;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use steadfast::{
    DynamicAgent, RunErrorKind, Target, WorkflowError,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
    tool::{DynamicTool, ToolOptions},
};

/// Current weather in a city.
#[tool]
fn weather(city: String) -> String {
    format!("Sun over {city}")
}

/// Pays a bill.
#[tool(effects = [money])]
fn pay(euros: u32) -> String {
    format!("{euros} euros are gone")
}

/// Sums up.
#[agent(model = "m", instructions = "You sum up.")]
struct Summary;

#[workflow]
async fn converse((agent, text): (DynamicAgent, String)) -> Result<(String, String, u32)> {
    let run = agent.run(text).max_turns(100).await?;
    Ok((run.output, run.last_agent, run.turns))
}

/// A tool whose schema is known at run time only; its first call of all fails.
fn price(calls: &Arc<AtomicU32>) -> DynamicTool {
    let schema = json!({
        "properties": {
            "article": {"type": "string", "enum": ["tea", "cake"]},
            "pieces": {"type": "integer", "minimum": 1},
        },
    });
    let calls = Arc::clone(calls);
    DynamicTool::new("price", schema, move |arguments, context| {
        let call = calls.fetch_add(1, Ordering::SeqCst);
        async move {
            assert_eq!(context.tool, "price");
            if call == 0 {
                return Err(ToolError::new("the shop is closed"));
            }
            Ok(json!({"article": arguments["article"], "euros": 3 * arguments["pieces"].as_u64().unwrap_or_default()}))
        }
    })
    .description("What something costs.")
    .retries(1)
}

fn clerk() -> DynamicAgent {
    let from_a_database = json!({
        "name": "Clerk 7",
        "model": "m",
        "instructions": "You sell {things}.",
        "tools": ["price", "weather", "summary"],
        "handoffs": [{"name": "Cashier", "model": "m", "description": "Takes money.", "tools": ["pay"],
            "grants": ["money"], "instructions": "You take money."}],
        "grants": ["money"],
        "settings": {"temperature": 0.5, "tool_choice": {"function": "price"}},
    });
    serde_json::from_value(from_a_database).expect("it is an agent")
}

fn seller(asked: &Asked) -> Reply {
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("You sell {things}.", 0) => Reply::calls([
            ("price", json!({"article": "tea", "pieces": 2})),
            ("price", json!({"article": "coffee", "pieces": 0})),
            ("weather", json!({"city": "Lisbon"})),
            ("summary", json!({"input": "all of it"})),
        ]),
        ("You sell {things}.", _) => Reply::call("transfer_to_cashier", json!({})),
        ("You take money.", 2) => Reply::call("pay", json!({"euros": 6})),
        ("You sum up.", _) => Reply::says("in short"),
        _ => Reply::says("done"),
    }
}

async fn app(name: &str, calls: &Arc<AtomicU32>, reply: fn(&Asked) -> Reply) -> (App, ModelServer) {
    let model = ScriptedModel::answering(reply).start().await.expect("a port");
    let app = server::app(name).await.workflow(converse).tool::<weather>().tool::<pay>().tool::<Summary>();
    (app.dynamic_tool(price(calls)).provider("openai", model.provider()), model)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_made_of_data_runs_as_any_other() {
    let calls = Arc::new(AtomicU32::new(0));
    let (app, model) = app("dynamic", &calls, seller).await;
    let worker = server::worker(&app).await;
    let input = (clerk(), "Tea, please.".to_owned());
    let run = app.start(converse, input.clone()).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    assert_eq!(durable, ("done".to_owned(), "Cashier".to_owned(), 4));
    let history = server::replayed(&app, &run).await;
    let mut activities = history.activities();
    activities.sort_unstable();
    assert_eq!(activities[..4], ["pay", "price", "price", "steadfast.model"]);
    assert_eq!(activities.iter().filter(|name| **name == "steadfast.model").count(), 5, "{activities:?}");
    assert_eq!(calls.load(Ordering::SeqCst), 2, "one attempt failed, and one call was refused");

    let requests = model.requests();
    let first = &requests[0];
    assert_eq!(first.tool_names(), ["price", "weather", "summary", "transfer_to_cashier"]);
    assert_eq!(first.body["temperature"], 0.5);
    assert_eq!(first.body["tool_choice"], json!({"type": "function", "name": "price"}));
    assert_eq!(
        first.body["tools"][0],
        json!({"type": "function", "name": "price", "description": "What something costs.", "strict": true,
            "parameters": {"properties": {"article": {"type": "string", "enum": ["tea", "cake"]},
                "pieces": {"type": "integer", "minimum": 1}}, "type": "object",
                "required": ["article", "pieces"], "additionalProperties": false}})
    );
    assert_eq!(
        first.body["tools"][3]["description"],
        "Handoff to the Cashier agent to handle the request. Takes money."
    );
    let last = requests.last().expect("it was asked");
    assert_eq!(last.tool_names(), ["pay"]);
    let told: Vec<&str> = last.input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    assert_eq!(told[0], r#"{"article":"tea","euros":6}"#);
    assert!(
        told[1].ends_with(
            r#"Error: "coffee" is not one of "tea" or "cake" at /article; 0 is less than the minimum of 1 at /pieces"#
        ),
        "{}",
        told[1]
    );
    assert_eq!(told[2..], ["Sun over Lisbon", "in short", r#"{"assistant":"Cashier"}"#, "6 euros are gone"]);

    assert_eq!(app.inline(converse(input)).await.expect("the same in-process"), durable);
    let inline = &model.requests()[requests.len()..];
    assert_eq!(inline.len(), requests.len());
    assert!(requests.iter().all(|one| inline.iter().any(|other| one.body == other.body)), "models read the same");
    worker.stop().await.expect("it stops");
}

/// Asks for prices as often as the question says, and hands over on the way.
fn endless(asked: &Asked) -> Reply {
    match asked.turn() {
        3 => Reply::call("transfer_to_cashier", json!({})),
        turn if turn < 30 && turn % 2 == 0 && turn > 3 => Reply::call("pay", json!({"euros": turn})),
        turn if turn > 3 && turn < 30 => Reply::call("pay", json!({"euros": 1})),
        turn if turn < 30 => Reply::call("price", json!({"article": "cake", "pieces": 1})),
        turn => Reply::says(format!("{turn} answers")),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_made_of_data_goes_on_over_many_histories() {
    let calls = Arc::new(AtomicU32::new(1));
    let (app, model) = app("dynamic-for-long", &calls, endless).await;
    let app = app.target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let run = app.start(converse, (clerk(), "Cake!".to_owned())).await.expect("it starts");
    let durable = server::result(&run).await.expect("it ends well");
    assert_eq!(durable, ("30 answers".to_owned(), "Cashier".to_owned(), 31));
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 2, "{histories:?}");
    assert_eq!(model.requests().len(), 31, "no model was asked twice");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_agent_made_of_data_ends_the_run_before_its_first_turn() {
    let (app, model) = app("dynamic-wrong", &Arc::default(), seller).await;
    let agent = |change: fn(&mut DynamicAgent)| {
        let mut agent = clerk();
        change(&mut agent);
        agent
    };
    let wrong = [
        (agent(|agent| agent.name.clear()), "an agent made of data has no `name`"),
        (agent(|agent| agent.model = " ".to_owned()), "agent `Clerk 7` has no `model`"),
        (
            agent(|agent| agent.tools.push("wether".to_owned())),
            "agent `Clerk 7` lists the tool `wether`, which the app does not have; it has: pay, price, summary, \
             weather; add others with `.tool::<..>()`",
        ),
        (
            agent(|agent| agent.tools.push("weather".to_owned())),
            "agent `Clerk 7` has two functions named `weather`, and its model could not tell them apart",
        ),
        (
            agent(|agent| agent.handoffs.push(agent.handoffs[0].clone())),
            "agent `Clerk 7` has two functions named `transfer_to_cashier`, and its model could not tell them apart",
        ),
        (
            agent(|agent| agent.handoffs[0].grants.clear()),
            "tool `pay` has the effect `money`, which agent `Cashier` is not granted; add it to `grants`, or leave \
             the tool out",
        ),
        (
            agent(|agent| agent.grants.clear()),
            "agent `Cashier` is granted `money`, and agent `Clerk 7`, which hands over to it, is not; a handoff \
             cannot widen what a run may do",
        ),
        (
            agent(|agent| agent.handoffs[0].name = "x".repeat(60)),
            "no model can call `transfer_to_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx`; give the \
             agent `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx` a shorter name",
        ),
        (
            agent(|agent| agent.settings.provider_options = json!({"input": "mine"}).as_object().cloned()),
            "agent `Clerk 7` has `input` among its `provider_options`, which is what a request is made of",
        ),
    ];
    for (agent, why) in &wrong {
        let error = app.inline(async { agent.run("Tea").await }).await.expect_err(why);
        let RunErrorKind::InvalidAgent { agent: name, reason } = &error.kind else { panic!("{error}") };
        assert_eq!((reason.as_str(), name), (*why, &agent.name));
    }
    let worker = server::worker(&app).await;
    let run = app.start(converse, (wrong[2].0.clone(), "Tea".to_owned())).await.expect("it starts");
    let error = server::result(&run).await.expect_err("it is wrong there too");
    let Error::Workflow(WorkflowError::Failed { code, message, .. }) = error else { panic!("{error}") };
    assert_eq!((&*code, &*message), ("InvalidAgent", wrong[2].1));
    server::replayed(&app, &run).await;
    assert!(model.requests().is_empty());
    worker.stop().await.expect("it stops");
}

#[test]
fn what_is_wrong_with_a_dynamic_tool_stops_the_app() {
    let tool = |name: &str, schema| DynamicTool::new(name, schema, |_, _| async { Ok::<_, ToolError>(()) });
    let app = App::new("wrong")
        .dynamic_tool(tool("two words", json!({})))
        .dynamic_tool(tool("list", json!({"type": "array", "items": {"type": "string"}})))
        .dynamic_tool(tool("open", json!({"type": "object", "additionalProperties": true})))
        .dynamic_tool(tool("bad", json!({"properties": {"a": {"type": "string", "pattern": "("}}})))
        .dynamic_tool(tool("here", json!({})).options(ToolOptions { inline: true, ..ToolOptions::DEFAULT }))
        .dynamic_tool(tool("weather", json!({})).strict(false))
        .tool::<weather>();
    let problems = app.validate().expect_err("all of that is wrong").problems;
    let expected = [
        "`two words` is no name for a tool; use 1 to 64 ASCII letters, digits, `_` or `-`",
        "the arguments of tool `list` are an object, so its schema has to be that of one",
        "the arguments of tool `open` have no schema: an open map has no place in strict mode; ",
        "a rule for the arguments of tool `bad` cannot be read: ",
        "tool `here` was made at run time, so it cannot be `inline`: no replay would know it",
        "there are two tools named `weather`, one made at run time and end_to_end::dynamic::weather; give one another",
    ];
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem}");
    }
    assert!(problems[2].ends_with("; if it has to be so, add `.strict(false)`"), "{}", problems[2]);
}
