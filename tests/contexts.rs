//! What a run is given for its tools.

use crate::server;
use serde_json::json;
use std::collections::BTreeMap;
use steadfast::{
    RunErrorKind, Turn,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

#[derive(Clone, Debug, Serialize, Deserialize, PartialEq)]
struct Customer {
    id: u32,
    tier: String,
}

/// Lists the customer's orders.
#[tool]
fn orders(open: bool, customer: RunContext<Customer>) -> String {
    format!("{} orders of customer {}", if open { "open" } else { "all" }, customer.id)
}

/// Gives a discount.
#[tool(inline, enabled = for_gold)]
fn discount(percent: u8, customer: RunContext<Customer>) -> String {
    format!("{percent} % for {}", customer.tier)
}

fn for_gold(turn: &Turn<'_>) -> bool {
    turn.context::<Customer>().is_some_and(|customer| customer.tier == "gold")
}

/// Knows nothing of customers.
#[tool]
fn weather(city: String) -> String {
    format!("Sun over {city}")
}

#[agent(model = "m", tools = [weather], handoffs = [Sales])]
struct Porter;

#[agent(model = "m", tools = [orders, discount])]
struct Sales;

#[workflow]
async fn serve(customer: Option<Customer>) -> Result<(String, String)> {
    let run = Porter.run("I want my orders.");
    let run = if let Some(customer) = &customer { run.context(customer) } else { run }.await?;
    let all = orders::call(false).context(&Customer { id: 9, tier: "none".to_owned() }).await?;
    Ok((run.output, all))
}

async fn model() -> ModelServer {
    let model = ScriptedModel::answering(|asked: &Asked| match asked.turn() {
        0 => Reply::calls([("weather", json!({"city": "Lisbon"})), ("transfer_to_sales", json!({}))]),
        1 if asked.tool_names().contains(&"discount") => {
            Reply::calls([("orders", json!({"open": true})), ("discount", json!({"percent": 5}))])
        }
        1 => Reply::call("orders", json!({"open": true})),
        _ => Reply::says("done"),
    });
    model.start().await.expect("a port")
}

#[tokio::test(flavor = "multi_thread")]
async fn tools_of_a_run_have_its_context() {
    let model = model().await;
    let app = server::app("contexts").await.workflow(serve).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let customer = Customer { id: 77_123, tier: "gold".to_owned() };
    let expected = ("done".to_owned(), "all orders of customer 9".to_owned());
    let run = app.start(serve, Some(customer.clone())).await.expect("it starts");
    assert_eq!(server::result(&run).await.expect("it ends well"), expected);
    let history = server::replayed(&app, &run).await;
    assert_eq!(
        history.activities(),
        ["steadfast.model", "weather", "steadfast.model", "orders", "steadfast.model", "orders"]
    );
    assert_eq!(app.inline(serve(Some(customer))).await.expect("the same in-process"), expected);
    for requests in [&model.requests()[..3], &model.requests()[3..]] {
        let told: Vec<&str> = requests[2].input_items().iter().filter_map(|item| item["output"].as_str()).collect();
        assert_eq!(told[2..], ["open orders of customer 77123", "5 % for gold"]);
        assert!(!requests[2].body.to_string().contains("tier"), "no model sees it");
    }

    // Another customer is not offered the discount.
    let silver = Customer { id: 5, tier: "silver".to_owned() };
    app.inline(serve(Some(silver))).await.expect("it ends well");
    assert_eq!(model.requests()[7].tool_names(), ["orders"]);
    worker.stop().await.expect("it stops");
}

#[workflow]
async fn misled(wrong: bool) -> Result<String> {
    let none: BTreeMap<(u8, u8), u8> = BTreeMap::from([((1, 2), 3)]);
    let run = Sales.run("orders");
    let run = if wrong { run.context(&["another"]) } else { run.context(&none) };
    Ok(run.await?.output)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_is_missing_or_another_ends_the_run() {
    let model = ScriptedModel::new().call("orders", json!({"open": true})).start().await.expect("a port");
    let app = server::app("misled").await.workflow(misled).workflow(serve).provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let fails = |error: Error, why: &str| {
        let Error::Run(error) = error else { panic!("{error}") };
        let RunErrorKind::ToolFatal { tool, message } = &error.kind else { panic!("{error}") };
        assert_eq!(tool, "orders");
        assert!(message.contains(why), "{message}");
    };
    let run = async { Sales.run("orders").await.map_err(Error::from) };
    let named = "tool `orders` needs `RunContext<end_to_end::contexts::Customer>`, and";
    fails(app.inline(run).await.expect_err("there is none"), &format!("{named} none was given; add `.context(..)`"));
    for (wrong, why) in [(true, "and what was given is another: "), (false, "does not serialise: key must be a string")]
    {
        fails(app.inline(misled(wrong)).await.expect_err("it is another"), why);
        let run = app.start(misled, wrong).await.expect("it starts");
        let error = server::result(&run).await.expect_err("it is another");
        assert!(error.to_string().contains(why), "{error}");
    }
    worker.stop().await.expect("it stops");
}
