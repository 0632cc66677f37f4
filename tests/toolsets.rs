//! Toolsets: the methods of a value that the worker has.

use crate::server;
use serde_json::json;
use std::sync::Mutex;
use steadfast::{
    prelude::*,
    testing::{Reply, ScriptedModel},
    tool::Tool as _,
};

/// An account, in cents.
#[derive(Debug, Default)]
struct Bank {
    balance: Mutex<i64>,
}

#[derive(Serialize, Deserialize, JsonSchema, Debug, Default)]
struct Transfer {
    to: String,
    cents: i64,
}

#[tool]
impl Bank {
    const FEE: i64 = 1;

    /// Puts money in.
    #[tool]
    fn pay_in(&self, #[arg(range(min = 1))] cents: i64) -> i64 {
        self.add(cents)
    }

    /// Sends money to somebody.
    #[tool(retries = 1, name = "send_money")]
    async fn transfer(
        &self,
        /// To whom.
        order: Transfer,
        context: ToolContext,
    ) -> Result<String, ToolError> {
        tokio::task::yield_now().await;
        if order.cents > *self.balance.lock().expect("nobody panics here") {
            return Err(ToolError::fatal("not enough money"));
        }
        let left = self.add(-order.cents - Self::FEE);
        Ok(format!("{left} left after a payment to {}, by {:?}", order.to, context.agent))
    }

    /// Says what a payment costs.
    #[tool]
    fn fee() -> i64 {
        Self::FEE
    }

    fn add(&self, cents: i64) -> i64 {
        let mut balance = self.balance.lock().expect("nobody panics here");
        *balance += cents;
        *balance
    }
}

#[agent(model = "m", tools = [Bank])]
struct Banker;

#[agent(model = "m", tools = [Bank::fee, Bank::transfer], tool_use_behavior = [Bank::transfer])]
struct Cashier;

#[workflow]
async fn banking() -> Result<Vec<String>> {
    let paid_in = Bank::call_pay_in(100).await?;
    let banker = Banker.run("Pay Ann.").await?.output;
    let cashier = Cashier.run("Pay Bob.").await?.output;
    Ok(vec![paid_in.to_string(), banker, cashier])
}

#[tokio::test(flavor = "multi_thread")]
async fn methods_are_tools_of_one_value() {
    let model = ScriptedModel::answering(|asked| match (asked.user_text(), asked.turn()) {
        (Some("Pay Ann."), 0) => {
            Reply::calls([("pay_in", json!({"cents": 50})), ("fee", json!({})), ("pay_in", json!({"cents": 0}))])
        }
        (Some("Pay Bob."), 0) => Reply::call("send_money", json!({"order": {"to": "Bob", "cents": 120}})),
        _ => Reply::says("Paid."),
    });
    let model = model.start().await.expect("a port");
    let app = server::app("banking").await.workflow(banking).state(Bank::default());
    let app = app.provider("openai", model.provider());
    let worker = server::worker(&app).await;
    let run = app.start(banking, ()).await.expect("it starts");
    let said = server::result(&run).await.expect("it ends well");
    assert_eq!(said, ["100", "Paid.", "29 left after a payment to Bob, by Some(\"Cashier\")"]);
    let history = server::replayed(&app, &run).await;
    assert_eq!(history.activities()[0], "pay_in");
    let requests = model.requests();
    assert_eq!(requests[0].tool_names(), ["pay_in", "send_money", "fee"]);
    assert_eq!(requests[2].tool_names(), ["fee", "send_money"]);
    let order = &requests[2].body["tools"][1]["parameters"]["properties"]["order"];
    assert_eq!((&order["description"], &order["properties"]["cents"]["type"]), (&json!("To whom."), &json!("integer")));
    let told: Vec<&str> = requests[1].input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    assert_eq!(told[..2], ["150", "1"]);
    assert!(told[2].contains("0 is less than the minimum of 1 at /cents"), "{told:?}");
    worker.stop().await.expect("it stops");
}

#[test]
fn a_toolset_needs_its_value() {
    assert_eq!(Bank::DEFS.len(), 3);
    let error = App::new("banking").workflow(banking).validate().expect_err("there is no bank");
    let text = error.to_string();
    let needs = "needs `State<end_to_end::toolsets::Bank>`, which is not registered";
    assert_eq!(text.matches(needs).count(), 2, "{text}");
    assert!(text.contains("tool `pay_in`") && text.contains("tool `send_money`"), "{text}");
    // The methods are what they were.
    let bank = Bank::default();
    assert_eq!((bank.pay_in(5), Bank::fee()), (5, 1));
}
