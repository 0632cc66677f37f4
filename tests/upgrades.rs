//! Tools and handoffs that are added, removed and given other types while runs are in flight.

use crate::server;
use serde_json::json;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use steadfast::{
    Handle, History, WorkerSettings,
    prelude::*,
    testing::{Asked, Reply, ScriptedModel},
};

const RUNS: usize = 50;

/// Where each run is when its code changes, by its number.
const HELD: [&str; 7] = ["asking", "used", "using", "retyped", "answered", "handed over", "kept"];

/// What the test and its tools share.
#[derive(Clone, Default)]
struct Stage(Arc<Played>);

#[derive(Default)]
struct Played {
    /// Runs that are where they are to be.
    there: Mutex<BTreeSet<String>>,
    may_answer: AtomicBool,
    is_new: AtomicBool,
    /// The tools of each request after the change.
    offered: Mutex<BTreeSet<Vec<String>>>,
}

impl Stage {
    fn there(&self, run: &str) {
        self.0.there.lock().expect("nobody panics").insert(run.to_owned());
    }

    async fn stays(&self, run: &str) {
        self.there(run);
        std::future::pending::<()>().await;
    }
}

mod old {
    use super::*;

    /// Keeps something.
    #[tool]
    pub(super) fn keep(what: String) -> String {
        format!("kept {what}")
    }

    /// Is to be removed.
    #[tool(retries = 1, backoff(initial = "50ms", coefficient = 1.0))]
    pub(super) async fn gone(run: String, stage: State<Stage>) -> String {
        if run.starts_with("using") {
            stage.stays(&run).await;
        }
        "it was there".to_owned()
    }

    /// Is to have another type.
    #[tool(retries = 1, backoff(initial = "50ms", coefficient = 1.0))]
    pub(super) async fn changed(by: String, stage: State<Stage>) -> String {
        stage.stays(&by).await;
        by
    }

    #[agent(model = "any", name = "Helper")]
    pub(super) struct Helper;

    #[agent(model = "any", name = "Clerk", retries = 1000, tools = [keep, gone, changed], handoffs = [Helper])]
    pub(super) struct Clerk;

    #[workflow(name = "desk")]
    pub(super) async fn desk(run: String) -> Result<String> {
        Ok(Clerk.run(run).await?.output)
    }
}

mod new {
    use super::*;

    /// Keeps something.
    #[tool]
    pub(super) fn keep(what: String) -> String {
        format!("kept {what}")
    }

    /// Has another type now.
    #[tool]
    pub(super) fn changed(by: u32) -> u32 {
        by + 1
    }

    /// Is new.
    #[tool]
    pub(super) fn added() -> String {
        "it is there".to_owned()
    }

    fn never(_: &Turn<'_>) -> bool {
        false
    }

    #[agent(
        model = "any",
        name = "Clerk",
        retries = 1000,
        tools = [keep, changed, added],
        handoffs = [handoff(old::Helper, enabled = never)],
    )]
    pub(super) struct Clerk;

    #[workflow(name = "desk")]
    pub(super) async fn desk(run: String) -> Result<String> {
        Ok(Clerk.run(run).await?.output)
    }
}

/// Asks for one more try in a moment: so a run stays at this call, and another worker may make it.
fn later() -> Reply {
    Reply::fails(500)
}

fn reply(stage: &Stage, asked: &Asked) -> Reply {
    let run = asked.user_text().unwrap_or_default().to_owned();
    let kind = run.split('-').next().unwrap_or_default();
    let tools = asked.tool_names();
    let is_new = stage.0.is_new.load(Ordering::Relaxed);
    if is_new && !tools.is_empty() {
        stage.0.offered.lock().expect("nobody panics").insert(tools.iter().map(|&tool| tool.to_owned()).collect());
    }
    let told = |call: &str| asked.tool_output(call).and_then(|told| told.as_str()).unwrap_or_default().to_owned();
    match (kind, asked.turn()) {
        ("handed over", 0) => Reply::call("transfer_to_helper", json!({})),
        ("handed over", 1) if is_new => Reply::says("helped"),
        ("using" | "used", 0) => Reply::call("gone", json!({"run": run})),
        ("retyped", 0) => Reply::call("changed", json!({"by": run})),
        ("kept", 0) => Reply::call("keep", json!({"what": run})),
        ("answered", 0) if stage.0.may_answer.load(Ordering::Relaxed) => {
            Reply::calls([("keep", json!({"what": run})), ("gone", json!({"run": run}))])
        }
        ("retyped", 1) if is_new => Reply::call("changed", json!({"by": 1})),
        ("asking", 0) if is_new => Reply::call(if tools.contains(&"added") { "added" } else { "gone" }, json!({})),
        ("retyped", 2) => Reply::says(format!("{} | {}", told("call_1_1"), told("call_2_1"))),
        ("answered", 1) => Reply::says(format!("{} | {}", told("call_1_1"), told("call_1_2"))),
        (_, 1) if is_new => Reply::says(told("call_1_1")),
        _ => {
            stage.there(&run);
            later()
        }
    }
}

async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if is_so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it never came to be that {what}");
}

fn has_asked(history: &History) -> bool {
    history.events().contains(&"ActivityTaskCompleted".to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_end_well_whose_tools_come_and_go_under_way() {
    let stage = Stage::default();
    let model = {
        let stage = stage.clone();
        ScriptedModel::answering(move |asked| reply(&stage, asked)).start().await.expect("a port is free")
    };
    let queue = "upgraded-desk";
    let app = async || {
        let app = server::app("upgrades").await.task_queue(queue).provider("openai", model.provider());
        app.state(stage.clone()).worker_settings(WorkerSettings::new().grace(Duration::ZERO).slots(200))
    };
    let before = app().await.workflow(old::desk);
    let worker = async |app: &App| app.worker().await.expect("it can start");
    let workflows = worker(&before).await.without_activities().spawn();
    let activities = worker(&before).await.without_workflows().spawn();
    let mut runs: BTreeMap<String, Handle<String>> = BTreeMap::new();
    for number in 0..RUNS {
        let name = format!("{}-{number}", HELD[number % HELD.len()]);
        runs.insert(name.clone(), before.start(old::desk, name).await.expect("it starts"));
    }
    until("all runs are where they are to be", async || stage.0.there.lock().expect("nobody panics").len() == RUNS)
        .await;

    // Some are answered, by calls of what there was, when nobody is there to read it.
    workflows.stop().await.expect("it stops");
    stage.0.may_answer.store(true, Ordering::Relaxed);
    for (name, run) in runs.iter().filter(|(name, _)| name.starts_with("answered")) {
        let is_so = async || has_asked(&run.history().await.expect("there is one"));
        until(&format!("{name} has its answer"), is_so).await;
    }
    activities.stop().await.expect("it stops");
    stage.0.is_new.store(true, Ordering::Relaxed);

    let after = app().await.workflow(new::desk);
    let newer = worker(&after).await.spawn();
    let gone = "Tool 'gone' not found. Available tools: keep, changed, added.";
    for (name, run) in &runs {
        let output = server::result(run).await.unwrap_or_else(|error| panic!("{name}: {error}"));
        let kind = name.split('-').next().unwrap_or_default();
        let expected = match kind {
            "asking" => "it is there".to_owned(),
            "used" => "it was there".to_owned(),
            "using" => gone.to_owned(),
            "answered" => format!("kept {name} | {gone}"),
            "handed over" => "helped".to_owned(),
            "kept" => format!("kept {name}"),
            _ => {
                assert!(output.starts_with("An error occurred while running the tool."), "{output}");
                assert!(output.contains("expected u32 at /by") && output.ends_with(" | 2"), "{output}");
                continue;
            }
        };
        assert_eq!(output, expected, "{name}");
    }
    for mut offered in stage.0.offered.lock().expect("nobody panics").clone() {
        // A rule about the turn was asked when the call was, which may have been by the old code.
        offered.retain(|tool| tool != "transfer_to_helper");
        assert_eq!(offered, ["keep", "changed", "added"]);
    }
    for (name, run) in &runs {
        let history = run.history().await.expect("there is one");
        after.replayer().replay(&history).await.unwrap_or_else(|error| panic!("{name}: {error}"));
    }
    newer.stop().await.expect("it stops");
}
