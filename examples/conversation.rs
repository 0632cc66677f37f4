//! An agent talks with a customer, over an approval and a killed worker, until nothing is said any more. No line of workflow
//! code is written for it.
//!
//! ```text
//! cargo run --example conversation
//! ```
//!
//! This process holds the server and is the customer; the worker is a child process, killed with SIGKILL. With
//! `OPENAI_API_KEY` set it asks the real model; without, a scripted one.

use std::{
    env,
    error::Error as StdError,
    io,
    process::{Child, Command},
    time::Duration,
};
use steadfast::{
    Decision, DevServer, Target, UpdateHandle,
    conversation::Conversing,
    model::Item,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    if env::args().nth(1).as_deref() == Some("worker") {
        return Ok(app().worker().await?.run_until(std::future::pending()).await?);
    }
    let server = DevServer::ephemeral().start().await?;
    let model = if env::var_os("OPENAI_API_KEY").is_none() { Some(model().await?) } else { None };
    let spawn = || worker(server.address(), model.as_ref());
    let app = app().target(Target::address(server.address()));

    let mut process = spawn()?;
    let (talk, asked) = begin(&app, Duration::from_secs(5)).await?;
    println!(
        "\nHer money waits for somebody's approval. The worker is killed (SIGKILL), and another is started; the server"
    );
    println!("needs some seconds to miss the dead one …\n");
    end(process)?;
    process = spawn()?;
    // Nobody needs the handle: the id is enough, from any process.
    drop(talk);
    go_on(&app, asked).await?;
    end(process)?;
    server.stop().await;
    Ok(())
}

/// All there is of it: an agent, registered.
pub(crate) fn app() -> App {
    App::new("conversation").agent::<Desk>()
}

const ID: &str = "desk-for-ann";

/// Two messages, the second of which cannot be answered before somebody has approved of what the agent wants to do.
pub(crate) async fn begin(app: &App, idle: Duration) -> Result<(Conversing<String>, UpdateHandle<String>)> {
    let desk = Desk { shop: "The Open Book".to_owned() };
    let talk = app.start_conversation(&desk).id(ID).idle_timeout(idle).await?;
    say(&talk, "Where is my order 7?").await?;
    println!("Ann    I want the 120 euros for order 8 back.");
    let asked = talk.send("I want the 120 euros for order 8 back.").accepted().await?;
    while talk.approvals().await?.is_empty() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok((talk, asked))
}

/// The rest, for whoever has the id.
pub(crate) async fn go_on(app: &App, asked: UpdateHandle<String>) -> Result<()> {
    let talk = app.conversation::<Desk>(ID).await?;
    for approval in talk.approvals().await? {
        println!("Boss   {approval}: yes");
        talk.decide(&approval, Decision::approve("the boss")).await?;
    }
    println!("Desk   {}", asked.result().await?);
    say(&talk, "Thank you. What did we talk about?").await?;

    println!("\nWhat was said, and done:");
    for item in talk.transcript().await? {
        match item {
            Item::Message(said) => println!("  {:<9}  {}", said.role, said.text()),
            Item::FunctionCall(call) => println!("  {:<9}  {}({})", "calls", call.name, call.arguments),
            Item::FunctionCallOutput(output) => println!("  {:<9}  {}", "is told", output.output),
            _ => {}
        }
    }
    let status = talk.status().await?;
    println!(
        "\n{} messages answered, {} tokens; it is {:?}.",
        status.answered,
        status.usage.total_tokens(),
        status.doing
    );
    println!("Nobody says anything for some seconds …");
    let ended = talk.result().await?;
    println!("… and it has ended: {:?}.", ended.because);
    Ok(())
}

async fn say(talk: &Conversing<String>, text: &str) -> Result<()> {
    println!("Ann    {text}");
    println!("Desk   {}", talk.send(text).await?);
    Ok(())
}

/// Answers customers of a bookshop.
#[agent(
    model = "gpt-5.6-luna",
    instructions = "You answer customers of {shop}, in a sentence. Look orders up, and refund what they ask for.",
    tools = [look_up, refund],
)]
pub(crate) struct Desk {
    shop: String,
}

/// What is known of an order.
#[tool]
fn look_up(order: u32) -> String {
    format!("order {order} is with the carrier since this morning")
}

/// Pays a customer's money back.
#[tool(approval)]
fn refund(order: u32, euros: u32) -> String {
    format!("{euros} euros are on their way for order {order}")
}

/// This program again, as a worker.
fn worker(server: &str, model: Option<&ModelServer>) -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.arg("worker").env("TEMPORAL_ADDRESS", server);
    if let Some(model) = model {
        command.env("OPENAI_BASE_URL", model.base_url()).env("OPENAI_API_KEY", "none");
    }
    command.spawn()
}

fn end(mut process: Child) -> io::Result<()> {
    process.kill()?;
    process.wait().map(drop)
}

/// Plays the desk.
pub(crate) async fn model() -> io::Result<ModelServer> {
    ScriptedModel::answering(answer).start().await
}

fn answer(asked: &Asked) -> Reply {
    let said = asked.user_text().unwrap_or_default();
    // What the last call came to, if nothing was said after it.
    let told = asked.input_items().last().and_then(|item| item["output"].as_str());
    match told {
        Some(told) => Reply::says(format!("Dear Ann, {told}.")),
        None if said.contains("order 7") => Reply::call("look_up", serde_json::json!({"order": 7})),
        None if said.contains("order 8") => Reply::call("refund", serde_json::json!({"order": 8, "euros": 120})),
        None => {
            let asked = asked.input_items().iter().filter(|item| item["role"] == "user").count();
            Reply::says(format!("About two orders; you have said {asked} things, and that was the last."))
        }
    }
}
