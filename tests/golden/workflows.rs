//! One small workflow for each form in which something is recorded. Their code has to stay as it is: the histories in
//! `tests/histories` were made with it.

use std::time::Duration;
use steadfast::{
    Decision,
    prelude::*,
    testing::{Asked, Reply},
};

use serde_json::json;

/// The weather in a city.
#[tool]
fn weather(city: String) -> String {
    format!("sunny in {city}")
}

/// The time in a city.
#[tool(local)]
fn clock(city: String) -> String {
    format!("noon in {city}")
}

/// Writes a letter.
#[tool(approval)]
fn write(text: String) -> usize {
    text.len()
}

/// Never works.
#[tool]
fn broken(city: String) -> Result<String, ToolError> {
    Err(ToolError::new(format!("no way to {city}")))
}

#[guardrail]
fn polite(input: String) -> Verdict {
    if input.is_empty() { Verdict::trip("nothing asked") } else { Verdict::Pass }
}

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Plan {
    city: String,
    days: u32,
}

#[agent(model = "m", instructions = "Plan for {days} days.", tools = [weather, broken], output = Plan)]
struct Planner {
    days: u32,
}

/// Knows the place.
#[agent(model = "m", instructions = "You guide.", tools = [weather])]
struct Guide;

#[agent(
    model = "first",
    fallback_models = ["second"],
    retries = 1,
    instructions = "You host.",
    tools = [clock, write, Guide],
    handoffs = [Guide],
    input_guardrails = [polite],
    max_turns = 60,
)]
struct Host;

#[workflow]
pub(super) async fn kept_tools(city: String) -> Result<Plan> {
    Ok(Planner { days: 3 }.run(&city).await?.output)
}

#[workflow]
pub(super) async fn kept_host(wish: String) -> Result<String> {
    Ok(Host.run(&wish).await?.output)
}

#[workflow]
pub(super) async fn kept_local(wish: String) -> Result<String> {
    Ok(Host.run(&wish).local_model_calls().await?.output)
}

#[workflow]
pub(super) async fn kept_stream(wish: String) -> Result<String> {
    Ok(Host.run(&wish).streamed().await?.output)
}

#[workflow]
pub(super) async fn kept_budget(wish: String) -> Result<String> {
    Ok(Host.run(&wish).budget(steadfast::Budget::new().model_calls(1)).await?.output)
}

#[workflow]
pub(super) async fn kept_failure(city: String) -> Result<String> {
    Ok(broken::call(city).await?)
}

#[workflow]
pub(super) async fn kept_steps(city: String) -> Result<Vec<String>> {
    let many = futures::future::try_join_all(["a", "b", "c"].map(|name| weather::call(format!("{city} {name}"))));
    let mut said = many.await?;
    workflow::sleep(Duration::from_millis(20)).await;
    workflow::select! {
        first = weather::call(city.clone()) => said.push(first?),
        () = workflow::sleep(Duration::from_hours(1)) => {}
    }
    if workflow::random::<bool>() {
        said.push(clock::call(city).await?);
    }
    Ok(said)
}

#[workflow]
pub(super) async fn kept_signals() -> Result<Vec<String>> {
    let mut said = Vec::new();
    while said.len() < 3 {
        said.push(workflow::signal("say").await?);
        let _ = weather::call(workflow::uuid().to_string()).await?;
    }
    Ok(said)
}

/// Talks, with the same tools.
#[agent(model = "m", instructions = "You talk.", tools = [weather])]
pub(super) struct KeptTalk;

#[derive(Default)]
pub(super) struct KeptOrder {
    items: Vec<String>,
    paid: Option<u32>,
}

#[workflow]
impl KeptOrder {
    #[run]
    pub(super) async fn run(order: WorkflowContext<Self>) -> Result<Vec<String>> {
        if workflow::patched("weather first") {
            weather::call("Rome".to_owned()).await?;
        }
        let _ = order.until(|order| order.paid.is_some()).within(Duration::from_hours(1)).await;
        let said = workflow::child(kept_part, "a part".to_owned()).await?;
        let started = workflow::child(kept_part, "wait".to_owned()).id("kept-part").start().await?;
        started.signal("part", &"signalled").await?;
        let later = started.result().await?;
        let undone = workflow::saga::run(|saga| async move {
            weather::call("Oslo".to_owned()).await?;
            saga.compensate(weather::call("back".to_owned()));
            broken::call("Oslo".to_owned()).await?;
            Ok(())
        });
        undone.await.err().ok_or("it does not work")?;
        let answered = KeptTalk.run("as a child").as_child().id("kept-talk").await?.output;
        Ok(order.state(|order| [order.items.clone(), vec![said, later, answered]].concat()))
    }

    #[signal]
    pub(super) fn add(&mut self, item: String) {
        self.items.push(item);
    }

    #[update]
    pub(super) async fn pay(order: WorkflowContext<Self>, euros: u32) -> Result<usize> {
        let sky = weather::call("Pisa".to_owned()).await?;
        Ok(order.state_mut(|order| {
            order.items.push(sky);
            order.paid = Some(euros);
            order.items.len()
        }))
    }

    #[update_validator(pay)]
    fn enough(&self, euros: &u32) -> Result<(), String> {
        if *euros > 0 { Ok(()) } else { Err("nothing is paid".to_owned()) }
    }
}

#[workflow]
pub(super) async fn kept_part(what: String) -> Result<String> {
    if what == "wait" { Ok(workflow::signal("part").await?) } else { Ok(what) }
}

/// Does what is wished, and then says what it was told.
pub(super) fn script(asked: &Asked) -> Reply {
    let wish = asked.user_text().unwrap_or_default();
    match (asked.instructions().unwrap_or_default(), asked.turn(), wish) {
        ("You guide.", 0, _) => Reply::call("weather", json!({"city": "Rome"})),
        ("Plan for 3 days.", 0, _) => {
            Reply::calls([("weather", json!({"city": wish})), ("broken", json!({"city": wish}))])
        }
        ("Plan for 3 days.", _, _) => Reply::says_json(&json!({"city": wish, "days": 3})),
        (_, _, "fall back") if asked.model() == "first" => Reply::fails(400),
        (_, 0, "clock" | "too much") => Reply::call("clock", json!({"city": "Oslo"})),
        (_, 0, "write") => Reply::calls([("write", json!({"text": "a"})), ("write", json!({"text": "bb"}))]),
        (_, 0, "hand over") => Reply::call("transfer_to_guide", json!({})),
        (_, 0, "ask") => Reply::call("guide", json!({"input": "weather"})),
        (_, turn, "long") if turn < 8 => Reply::call("guide", json!({"input": format!("weather {turn}")})),
        (_, _, "refuse") => Reply::refuses("I would rather not."),
        _ => Reply::says(format!("done: {wish}")),
    }
}

/// Decides about two letters: one is sent.
pub(super) fn decision(first: bool) -> Decision {
    if first { Decision::approve("ann") } else { Decision::reject("bob").message("Too long.") }
}
