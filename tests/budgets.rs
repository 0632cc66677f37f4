//! What a run may spend, and the books of what it has spent, with the agents that it calls.

use crate::server;
use serde_json::json;
use std::{fmt::Debug, time::Duration};
use steadfast::{
    Budget, RunErrorKind, Share, Target, WorkflowError,
    model::{Price, Prices},
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// Looks a word up.
#[tool]
fn lookup(word: String) -> String {
    format!("{word}: see elsewhere")
}

/// Never ends.
#[tool(timeout = "10m")]
async fn wait_for_ever() {
    std::future::pending::<()>().await;
}

/// Reads a page.
#[agent(model = "small", instructions = "You read.", tools = [lookup])]
struct Reader;

#[agent(model = "large", instructions = "You lead.", tools = [lookup, Reader, wait_for_ever])]
struct Leader;

#[agent(
    model = "large",
    instructions = "You save.",
    tools = [lookup],
    budget(model_calls = 2, tool_calls = 9, tokens = 1_000, cost = 1.5, depth = 1),
    run_timeout = "1h",
)]
struct Saver;

#[agent(model = "large", instructions = "You hurry.", tools = [wait_for_ever], run_timeout = "2s")]
struct Hurry;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Asking {
    agent: String,
    budget: Budget,
    seconds: Option<u64>,
}

/// What came of a run: its text or its error, its code, and who has spent what on which model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Came {
    text: String,
    code: String,
    shares: Vec<Share>,
    turns: u32,
}

#[workflow]
async fn ask(asking: Asking) -> Result<Came> {
    async fn came<T>(run: steadfast::Running<'_, T>, asking: &Asking) -> Came
    where
        T: steadfast::AgentOutput + ToString,
    {
        let run = run.budget(asking.budget);
        let run = match asking.seconds {
            Some(seconds) => run.timeout(Duration::from_secs(seconds)),
            None => run,
        };
        match run.await {
            Ok(run) => Came { text: run.output.to_string(), code: String::new(), shares: run.shares, turns: run.turns },
            Err(RunError { kind, partial, .. }) => {
                let (text, code) = (kind.to_string(), kind.code().to_owned());
                Came { text, code, shares: partial.shares, turns: partial.turns }
            }
        }
    }
    Ok(match asking.agent.as_str() {
        "Saver" => came(Saver.run("Go."), &asking).await,
        "Hurry" => came(Hurry.run("Go."), &asking).await,
        _ => came(Leader.run("Go."), &asking).await,
    })
}

/// Two readers at once, each of which looks two words up; then a word of its own; then an answer.
fn led(asked: &Asked) -> Reply {
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("You lead.", 0) => Reply::calls([("reader", json!({"input": "one"})), ("reader", json!({"input": "two"}))]),
        ("You lead.", 1) => Reply::call("lookup", json!({"word": "end"})),
        ("You read.", 0) => Reply::calls([("lookup", json!({"word": "a"})), ("lookup", json!({"word": "b"}))]),
        ("You save.", turn) => Reply::call("lookup", json!({"word": format!("word {turn}")})),
        ("You hurry.", _) => Reply::call("wait_for_ever", json!({})),
        _ => Reply::says("done"),
    }
    .tokens(100, 10)
}

async fn app(name: &str) -> (App, ModelServer) {
    let model = ScriptedModel::answering(led).start().await.expect("a port");
    let prices = Prices::new().model("small", Price::new(1.0, 10.0)).model("large", Price::new(1000.0, 10_000.0));
    let app = server::app(name).await.workflow(ask).provider("openai", model.provider()).prices(prices);
    (app, model)
}

fn share(agent: &str, model: &str, calls: u64) -> Share {
    let nanos = calls * if model == "large" { 200_000_000 } else { 200_000 };
    let usage = json!({"requests": calls, "input_tokens": 100 * calls, "output_tokens": 10 * calls, "cost": nanos});
    serde_json::from_value(json!({"agent": agent, "model": model, "usage": usage})).expect("a share")
}

fn came(text: &str, code: &str, shares: &[Share], turns: u32) -> Came {
    Came { text: text.to_owned(), code: code.to_owned(), shares: shares.to_vec(), turns }
}

fn asking(agent: &str, budget: Budget) -> Asking {
    Asking { agent: agent.to_owned(), budget, seconds: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_and_all_that_it_calls_spend_from_one_budget() {
    let (app, model) = app("budgets").await;
    let worker = server::worker(&app).await;
    let none = Budget::new();
    let (leader, readers) = (|calls| share("Leader", "large", calls), |calls| share("Reader", "small", calls));
    let cases = [
        // 3 turns of its own, and 2 of each reader.
        (asking("Leader", none), came("done", "", &[leader(3), readers(4)], 3), 7),
        (
            asking("Leader", none.model_calls(7).tool_calls(7).tokens(770).cost(0.6008).depth(1)),
            came("done", "", &[leader(3), readers(4)], 3),
            7,
        ),
        // The two that are in flight are the last.
        (
            asking("Leader", none.model_calls(3)),
            came(
                "the budget of 3 model calls is not enough; 4 spent or asked for",
                "BudgetExceeded",
                &[leader(1), readers(2)],
                1,
            ),
            3,
        ),
        // Two agents are called, then the words of one, and there is no room for those of the other.
        (
            asking("Leader", none.tool_calls(4)),
            came(
                "the budget of 4 tool calls is not enough; 5 spent or asked for",
                "BudgetExceeded",
                &[leader(2), readers(3)],
                2,
            ),
            5,
        ),
        (
            asking("Leader", none.tokens(769)),
            came(
                "the budget of 769 tokens is not enough; 770 spent or asked for",
                "BudgetExceeded",
                &[leader(3), readers(4)],
                3,
            ),
            7,
        ),
        // Not a token is left for another call.
        (
            asking("Leader", none.tokens(660)),
            came(
                "the budget of 660 tokens is not enough; 660 spent or asked for",
                "BudgetExceeded",
                &[leader(2), readers(4)],
                2,
            ),
            6,
        ),
        (
            asking("Leader", none.cost(0.3)),
            came(
                "the budget of 0.3 in money is not enough; 0.4008 spent or asked for",
                "BudgetExceeded",
                &[leader(2), readers(4)],
                2,
            ),
            6,
        ),
        (
            asking("Leader", none.depth(0)),
            came(
                "the budget of 0 levels of agents that call each other is not enough; 1 spent or asked for",
                "BudgetExceeded",
                &[leader(1)],
                1,
            ),
            1,
        ),
    ];
    spent(&app, &model, cases).await;
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agents_own_budget_holds_but_for_what_the_run_says() {
    let (app, model) = app("own-budget").await;
    let worker = server::worker(&app).await;
    let none = Budget::new();
    let saver = |calls| share("Saver", "large", calls);
    let cases = [
        (
            asking("Saver", none),
            came("the budget of 2 model calls is not enough; 3 spent or asked for", "BudgetExceeded", &[saver(2)], 2),
            2,
        ),
        (
            asking("Saver", none.model_calls(30).cost(10.0)),
            came(
                "the budget of 1000 tokens is not enough; 1100 spent or asked for",
                "BudgetExceeded",
                &[saver(10)],
                10,
            ),
            10,
        ),
        (
            asking("Saver", none.model_calls(30).tokens(5000)),
            came("the budget of 1.5 in money is not enough; 1.6 spent or asked for", "BudgetExceeded", &[saver(8)], 8),
            8,
        ),
    ];
    spent(&app, &model, cases).await;
    worker.stop().await.expect("it stops");
}

/// Asks each in a workflow and in this process, and compares what came of it, and how many calls of models it took.
async fn spent(app: &App, model: &ModelServer, cases: impl IntoIterator<Item = (Asking, Came, usize)>) {
    for (asking, expected, calls) in cases {
        let before = model.requests().len();
        let run = app.start(ask, asking.clone()).await.expect("it starts");
        assert_eq!(server::result(&run).await.expect("it ends well"), expected, "{asking:?}");
        assert_eq!(model.requests().len() - before, calls, "{asking:?}");
        server::replayed(app, &run).await;
        assert_eq!(app.inline(ask(asking.clone())).await.expect("the same in-process"), expected, "{asking:?}");
    }
}

#[workflow]
async fn spend(budget: Budget) -> Result<String> {
    Ok(Leader.run("Go.").budget(budget).await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_can_tell_what_was_spent_on_what() {
    let (app, _model) = app("spent").await;
    let app = app.workflow(spend);
    let worker = server::worker(&app).await;
    let run = app.start(spend, Budget::new().tokens(500)).await.expect("it starts");
    let Error::Workflow(WorkflowError::Failed { code, run: Some(error), .. }) =
        server::result(&run).await.expect_err("it is too much")
    else {
        panic!("not a failed run")
    };
    assert_eq!(code, "BudgetExceeded");
    assert!(matches!(error.kind, RunErrorKind::BudgetExceeded { limit: 500, .. }), "{error:?}");
    let agents: Vec<&str> = error.partial.shares.iter().map(|share| share.agent.as_str()).collect();
    assert_eq!(agents, ["Leader", "Reader"]);
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_books_go_along_when_a_run_goes_on_in_another_history() {
    let (app, model) = app("budgets-for-long").await;
    let app = app.target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let long = asking("Saver", Budget::new().model_calls(30).tokens(3_000).cost(10.0).tool_calls(100));
    let asking = Asking { seconds: Some(3_000), ..long };
    let run = app.start(ask, asking.clone()).await.expect("it starts");
    let came = server::result(&run).await.expect("it ends well");
    // Ten turns are the most by default, and that is what ends it.
    assert_eq!((came.code.as_str(), came.turns), ("MaxTurns", 10));
    assert_eq!(came.shares, [share("Saver", "large", 10)]);
    let histories = server::all_replayed(&app, &run).await;
    assert!(histories.len() > 1, "{histories:?}");
    assert_eq!(model.requests().len(), 10, "no model was asked twice");
    worker.stop().await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_takes_too_long_is_called_off() {
    let (app, _model) = app("in-time").await;
    let worker = server::worker(&app).await;
    let late = |seconds| format!("the run timed out after {seconds} seconds");
    for (seconds, limit) in [(None, 2), (Some(1), 1)] {
        let asking = Asking { agent: "Hurry".to_owned(), budget: Budget::new(), seconds };
        let expected = came(&late(limit), "TimedOut", &[share("Hurry", "large", 1)], 1);
        let run = app.start(ask, asking.clone()).await.expect("it starts");
        assert_eq!(server::result(&run).await.expect("it ends well"), expected);
        let history = server::replayed(&app, &run).await;
        assert!(history.events().contains(&"TimerFired".to_owned()), "{:?}", history.events());
        assert_eq!(app.inline(ask(asking)).await.expect("the same in-process"), expected);
    }
    worker.stop().await.expect("it stops");
}

/// A model that nobody has a price for.
#[agent(model = "dear", budget(cost = 1.0))]
struct Unpriced;

#[tokio::test(flavor = "multi_thread")]
async fn money_needs_prices() {
    let (app, _model) = app("unpriced").await;
    let app = app.agent::<Unpriced>();
    let error = app.validate().expect_err("it cannot start");
    let problem = "agent `Unpriced` has a budget of money, and the model `dear` has no price; add it to `.prices(..)`";
    assert_eq!(error.problems, [problem]);
    let error = app.inline(Leader.run("Go.").model("dear").budget(Budget::new().cost(1.0))).await.expect_err("nor so");
    assert_eq!(error.kind, RunErrorKind::NoPrice { model: "dear".to_owned() });
    assert_eq!(error.partial.usage.requests, 1);
}
