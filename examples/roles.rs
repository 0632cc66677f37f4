//! Three processes of one program, each with a role of its own, work on one run; one is killed in the middle.
//!
//! ```text
//! cargo run --example roles               # starts the three, and a run that needs them all
//! cargo run --example roles -- search     # is one of them; so is STEADFAST_ROLE=search
//! ```
//!
//! A scripted model stands in for a real one.

use serde_json::json;
use std::{
    env,
    error::Error as StdError,
    io,
    process::{Child, Command},
    time::Duration,
};
use steadfast::{
    DevServer, History, Role, Target,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    if env::args().len() > 1 || env::var_os("STEADFAST_ROLE").is_some() {
        // What a deployment does: one program, and each of its processes is told its role.
        return Ok(desk().main().await?);
    }
    show().await
}

/// Workflows and their planner on one queue, searches on another, the writer's model calls on a third.
pub(crate) fn desk() -> App {
    App::new("desk")
        .workflow(report)
        .role(Role::named("planner").workflows().agent::<Planner>())
        .role(Role::named("search").tool::<search>().rate_limit(5.0).slots(4))
        .role(Role::named("writer").agent::<Writer>())
}

/// Finds out what is known of a subject.
#[tool]
async fn search(
    /// What to look for.
    subject: String,
) -> String {
    tokio::time::sleep(Duration::from_millis(500)).await;
    format!("{subject}: nothing new")
}

#[agent(model = "gpt-5.6-luna", instructions = "You research a question. Search for one subject at a time.", tools = [search])]
struct Planner;

#[agent(model = "gpt-5.6-luna", instructions = "You make a short report of notes.")]
struct Writer;

#[workflow]
pub(crate) async fn report(question: String) -> Result<String> {
    let notes = Planner.run(question).await?.output;
    Ok(Writer.run(notes).await?.output)
}

async fn show() -> Result<(), Box<dyn StdError>> {
    let server = DevServer::ephemeral().start().await?;
    let model = model().await?;
    let spawn = |role| process(role, server.address(), &model);
    let planner = spawn("planner")?;
    let searcher = spawn("search")?;
    let writer = spawn("writer")?;

    let app = desk().target(Target::address(server.address()));
    let run = app.start(report, "What is new in Rust and in Temporal?".to_owned()).await?;
    // The planner's model has read the first search, and asks for the next.
    model.received(2).await;
    end(searcher)?;
    println!("Killed the searcher. What is to be searched waits on its queue, `desk-search` …");
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("… and here is another.");
    let searcher = spawn("search")?;

    println!("\nThe report: {}\n", run.result().await?);
    tell(&run.history().await?);
    for process in [planner, searcher, writer] {
        end(process)?;
    }
    server.stop().await;
    Ok(())
}

/// Who has done what, as the server has it.
fn tell(history: &History) {
    for work in history.work() {
        println!(
            "  {:<16} on queue {:<12} by {}, attempt {}",
            work.activity, work.task_queue, work.worker, work.attempt
        );
    }
}

/// This program again, in a role.
fn process(role: &str, server: &str, model: &ModelServer) -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.args(["--role", role]).env("TEMPORAL_ADDRESS", server);
    command.env("OPENAI_BASE_URL", model.base_url()).env("OPENAI_API_KEY", "none");
    command.spawn()
}

fn end(mut process: Child) -> io::Result<()> {
    process.kill()?;
    process.wait().map(drop)
}

/// Plays the planner and the writer.
pub(crate) async fn model() -> io::Result<ModelServer> {
    let answer = |asked: &Asked| match asked.turn() {
        _ if asked.user_text().is_some_and(|text| text.starts_with("Notes")) => Reply::says("There is nothing new."),
        0 => Reply::call("search", json!({"subject": "Rust"})),
        1 => Reply::call("search", json!({"subject": "Temporal"})),
        _ => Reply::says("Notes: nothing new about either."),
    };
    ScriptedModel::answering(move |asked| answer(asked).delay(Duration::from_millis(200))).start().await
}
