//! Hooks are told what happens, once.

use crate::server;
use serde_json::json;
use std::sync::{Arc, Mutex};
use steadfast::{
    Target,
    hooks::{AgentEnd, Hooks, ModelEnd, ModelStart, ToolEnd, ToolStart},
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

/// Whatever was told, in order.
#[derive(Clone, Default)]
struct Diary(Arc<Mutex<Vec<String>>>);

impl Diary {
    fn note(&self, line: String) {
        self.0.lock().expect("nobody panics").push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().expect("nobody panics"))
    }
}

impl Hooks for Diary {
    fn agent_start(&self, agent: &str) {
        self.note(format!("{agent} begins"));
    }
    fn agent_end(&self, end: &AgentEnd<'_>) {
        self.note(format!("{} ends with {}", end.agent, end.output));
    }
    fn model_start(&self, call: &ModelStart<'_>) {
        self.note(format!(
            "{} asks {} with {} items, turn {}",
            call.agent,
            call.model,
            call.conversation.len(),
            call.turn
        ));
    }
    fn model_end(&self, call: &ModelEnd<'_>) {
        match call.answer {
            Ok(answer) => self.note(format!("{} has {} items", call.agent, answer.items.len())),
            Err(error) => self.note(format!("{} has none: {:?}", call.agent, error.class)),
        }
    }
    fn tool_start(&self, call: &ToolStart<'_>) {
        self.note(format!("{} calls {} {:?}", call.agent, call.tool, call.arguments));
    }
    fn tool_end(&self, call: &ToolEnd<'_>) {
        match call.result {
            Ok(value) => self.note(format!("{} has {value} by {}", call.agent, call.tool)),
            Err(error) => self.note(format!("{} has no {}: {error}", call.agent, call.tool)),
        }
    }
    fn handoff(&self, from: &str, to: &str) {
        self.note(format!("{from} hands over to {to}"));
    }
}

/// Adds two numbers that are not negative.
#[tool]
fn add(a: i32, b: i32) -> Result<i32, ToolError> {
    if a < 0 { Err(ToolError::new("negative")) } else { Ok(a + b) }
}

/// Counts.
#[agent(model = "m", instructions = "count")]
struct Counter;

#[agent(model = "m", instructions = "begin", tools = [add, Counter], handoffs = [Finisher])]
struct Beginner;

#[agent(model = "m", instructions = "finish", output = u32)]
struct Finisher;

#[workflow]
async fn tell(rounds: u32) -> Result<Vec<String>> {
    let mut answers = Vec::new();
    for _ in 0..rounds {
        answers.push(Beginner.run("Go").await?.output);
    }
    Ok(answers)
}

fn going(asked: &Asked) -> Reply {
    match (asked.instructions().unwrap_or_default(), asked.turn()) {
        ("begin", 0) => Reply::call("add", json!({"a": -1, "b": 2})),
        ("begin", 1) => Reply::call("counter", json!({"input": "sheep"})),
        ("begin", _) => Reply::call("transfer_to_finisher", json!({})),
        ("count", _) => Reply::says("seven"),
        _ => Reply::says_json(&json!({"response": 7})),
    }
}

const TOLD: [&str; 19] = [
    "Beginner begins",
    "Beginner asks m with 1 items, turn 1",
    "Beginner has 1 items",
    "Beginner calls add {\"a\": Number(-1), \"b\": Number(2)}",
    "Beginner has no add: negative",
    "Beginner asks m with 3 items, turn 2",
    "Beginner has 1 items",
    "Beginner calls counter {\"input\": String(\"sheep\")}",
    "Counter begins",
    "Counter asks m with 1 items, turn 1",
    "Counter has 1 items",
    "Counter ends with \"seven\"",
    "Beginner has \"seven\" by counter",
    "Beginner asks m with 5 items, turn 3",
    "Beginner has 1 items",
    "Beginner hands over to Finisher",
    "Finisher begins",
    "Finisher asks m with 7 items, turn 4",
    "Finisher has 1 items",
];

#[tokio::test(flavor = "multi_thread")]
async fn each_thing_is_told_once_however_often_it_is_replayed() {
    let (diary, model) = (Diary::default(), ScriptedModel::answering(going).start().await.expect("a port"));
    let app = server::app("hooks").await.workflow(tell).provider("openai", model.provider()).hooks(diary.clone());
    app.inline(tell(1)).await.expect("it ends well");
    let mut told = diary.take();
    assert_eq!(told.pop().as_deref(), Some("Finisher ends with 7"));
    assert_eq!(told, TOLD);

    // On a server that soon asks for a new history.
    let app = app.target(Target::address(server::impatient().await));
    let worker = server::worker(&app).await;
    let run = app.start(tell, 5).await.expect("it starts");
    server::result(&run).await.expect("it ends well");
    let once: Vec<String> =
        TOLD.iter().map(|line| (*line).to_owned()).chain(["Finisher ends with 7".to_owned()]).collect();
    assert_eq!(diary.take(), [(); 5].map(|()| once.clone()).concat());
    assert!(server::all_replayed(&app, &run).await.len() > 1);
    assert_eq!(diary.take(), [] as [&str; 0], "a replay tells nothing");
    worker.stop().await.expect("it stops");
}

struct Clumsy;

impl Hooks for Clumsy {
    fn model_start(&self, _: &ModelStart<'_>) {
        panic!("I stumble");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_has_hooks_of_its_own_and_survives_those_that_panic() {
    let (diary, model) = (Diary::default(), ScriptedModel::new().fails(400).start().await.expect("a port"));
    let app = server::app("own-hooks").await.agent::<Counter>().provider("openai", model.provider()).hooks(Clumsy);
    app.inline(Counter.run("one").hooks(diary.clone())).await.expect_err("the model fails");
    assert_eq!(
        diary.take(),
        ["Counter begins", "Counter asks m with 1 items, turn 1", "Counter has none: InvalidRequest"]
    );
}
