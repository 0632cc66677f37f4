//! A worker is killed twice in the middle of a run, and no finished call is made again.
//!
//! ```text
//! cargo run --example crash
//! ```
//!
//! This process holds the server and the scripted model; the worker is a child process, killed with SIGKILL.

use serde_json::json;
use std::{
    collections::BTreeMap,
    error::Error as StdError,
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::Duration,
};
use steadfast::{DevServer, Target, model::Provider, prelude::*, testing::ScriptedModel};

const CITIES: [&str; 4] = ["Lisbon", "Oslo", "Rome", "Vienna"];

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    if let [_, role, server, model, ledger] = std::env::args().collect::<Vec<_>>().as_slice()
        && role == "worker"
    {
        return worker(server, model, Path::new(ledger)).await;
    }
    let server = DevServer::ephemeral().start().await?;
    let mut script = ScriptedModel::new();
    for city in CITIES {
        // Half a second a call: time to be killed in.
        script = script.delay(Duration::from_millis(500)).call("weather", json!({"city": city}));
    }
    let model = script.delay(Duration::from_millis(500)).says("Pack for four seasons.").start().await?;
    let ledger = std::env::temp_dir().join(format!("steadfast-crash-{}", std::process::id()));
    fs::write(&ledger, "")?;
    let spawn = || -> std::io::Result<Child> {
        Command::new(std::env::current_exe()?)
            .args(["worker", server.address(), &model.base_url()])
            .arg(&ledger)
            .spawn()
    };

    println!("The model will ask for the weather in {} cities, one after the other.", CITIES.len());
    let mut worker = spawn()?;
    let app = App::new("crash").workflow(trip).target(Target::address(server.address()));
    let run = app.start(trip, ()).id("trip").await?;

    for killed_after in [2, 4] {
        model.received(killed_after).await;
        worker.kill()?;
        worker.wait()?;
        println!(
            "Killed the worker (SIGKILL) in model call {killed_after}. Starting another; it has to wait until the"
        );
        println!("server misses the dead one's heartbeat, about ten seconds …");
        worker = spawn()?;
    }
    let answer = run.result().await?;
    worker.kill()?;
    worker.wait()?;

    println!("\nThe run's answer: {answer}\n");
    report(&ledger, model.requests().len(), &run.history().await?.activities())?;
    fs::remove_file(&ledger)?;
    server.stop().await;
    Ok(())
}

/// Counts what really happened: each execution of the tool left a line, each model call a request.
fn report(ledger: &Path, requests: usize, activities: &[String]) -> Result<(), Box<dyn StdError>> {
    let mut executions: BTreeMap<String, usize> = BTreeMap::new();
    for city in fs::read_to_string(ledger)?.lines() {
        *executions.entry(city.to_owned()).or_default() += 1;
    }
    for city in CITIES {
        println!("  weather({city}) was executed {} time(s)", executions.get(city).copied().unwrap_or_default());
    }
    let calls = activities.iter().filter(|name| *name == "steadfast.model").count();
    println!("  the model was called {requests} times for {calls} answers: a call that was killed is made once more");
    let repeated: Vec<&String> = executions.iter().filter(|(_, count)| **count != 1).map(|(city, _)| city).collect();
    if repeated.is_empty() && executions.len() == CITIES.len() && requests <= calls + 2 {
        println!("No finished call was made twice.");
        Ok(())
    } else {
        Err(format!("these were not executed exactly once: {repeated:?}").into())
    }
}

/// The child process: a worker and nothing else.
async fn worker(server: &str, model: &str, ledger: &Path) -> Result<(), Box<dyn StdError>> {
    let app = App::new("crash")
        .workflow(trip)
        .state(Ledger(ledger.to_owned()))
        .provider("openai", Provider::responses(model))
        .target(Target::address(server));
    Ok(app.worker().await?.run_until(std::future::pending()).await?)
}

struct Ledger(PathBuf);

/// Current weather in a city.
#[tool]
fn weather(city: String, ledger: State<Ledger>) -> Result<String, ToolError> {
    OpenOptions::new().append(true).open(&ledger.0)?.write_all(format!("{city}\n").as_bytes())?;
    Ok(format!("it rains in {city}"))
}

#[agent(model = "gpt-5.6-luna", instructions = "You plan trips. Check the weather first.", tools = [weather])]
struct Planner;

#[workflow]
async fn trip() -> Result<String> {
    Ok(Planner.run("What should I pack for a tour of Europe?").await?.output)
}
