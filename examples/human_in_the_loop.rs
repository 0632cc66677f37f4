//! An agent that may refund small sums by itself, and large ones when somebody has said yes: today, or next week, in
//! another process. No server is needed.
//!
//! ```text
//! cargo run --example human_in_the_loop                    # goes as far as it may, and leaves a file
//! cargo run --example human_in_the_loop -- approve ann     # somebody decides; the run goes on from the file
//! cargo run --example human_in_the_loop -- reject ann
//! ```
//!
//! With `OPENAI_API_KEY` set it asks the real model; without, a scripted one.

use std::{fs, path::Path};
use steadfast::{
    Budget, Decision, Interrupted,
    prelude::*,
    testing::{Asked, ModelServer, Reply, ScriptedModel},
};

/// Pays a customer's money back.
#[tool(effects = [money], approval = over_fifty)]
pub(crate) fn refund(
    /// Number of the order.
    order: u32,
    /// How much, in euros.
    euros: f64,
) -> String {
    format!("{euros} euros are on their way for order {order}")
}

/// The part of a call that the rule looks at.
#[derive(Deserialize)]
struct Sum {
    euros: f64,
}

fn over_fifty(sum: &Sum) -> bool {
    sum.euros > 50.0
}

/// Answers customers.
#[agent(
    model = "gpt-5.6-luna",
    instructions = "You answer customers of a bookshop. Refund what they ask for, each order by itself.",
    tools = [refund],
    grants = [money],
    budget(tool_calls = 10, tokens = 20_000),
)]
struct Desk;

const REQUEST: &str = "Order 7 (20 euros) came too late and order 8 (120 euros) never came. I want my money back.";

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let file = std::env::temp_dir().join("steadfast-human-in-the-loop.json");
    let (app, _model) = shop().await?;
    match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => println!("{}", begin(&app, &file).await?),
        ["approve", who] => println!("{}", decide(&app, &file, &Decision::approve(*who)).await?),
        ["reject", who] => println!("{}", decide(&app, &file, &Decision::reject(*who)).await?),
        _ => return Err("say nothing, `approve <your name>` or `reject <your name>`".into()),
    }
    Ok(())
}

/// Goes as far as it may without anybody, and keeps the rest in `file`.
pub(crate) async fn begin(app: &App, file: &Path) -> Result<String> {
    match app.inline(Desk.run(REQUEST)).await {
        Ok(run) => Ok(run.output),
        Err(error) => keep(&error.into_interrupted()?, file),
    }
}

/// Decides about all that waits in `file`, and goes on. This part of the run may cost little.
pub(crate) async fn decide(app: &App, file: &Path, decision: &Decision) -> Result<String> {
    let kept = fs::read(file)
        .map_err(|error| format!("nothing waits; begin without words, for {}: {error}", file.display()))?;
    let mut waiting: Interrupted = serde_json::from_slice(&kept)?;
    for approval in waiting.approvals() {
        waiting.decide(&approval, decision.clone())?;
    }
    match app.inline(Desk.resume(waiting).budget(Budget::new().model_calls(5))).await {
        Ok(run) => {
            fs::remove_file(file)?;
            let (calls, tokens) = (run.usage.requests, run.usage.total_tokens());
            Ok(format!("{}\n\n{calls} model calls and {tokens} tokens in both parts", run.output))
        }
        Err(error) => keep(&error.into_interrupted()?, file),
    }
}

/// A database would do as well.
fn keep(waiting: &Interrupted, file: &Path) -> Result<String> {
    fs::write(file, serde_json::to_vec_pretty(&waiting)?)?;
    let calls: Vec<String> = waiting.approvals().iter().map(ToString::to_string).collect();
    Ok(format!(
        "The run waits, in {}:\n  {}\nDecide with `-- approve <your name>` or `-- reject <your name>`.",
        file.display(),
        calls.join("\n  ")
    ))
}

/// The app, and the scripted model where there is no key; it answers as long as it lives.
pub(crate) async fn shop() -> Result<(App, Option<ModelServer>)> {
    let app = App::new("bookshop").agent::<Desk>();
    if std::env::var_os("OPENAI_API_KEY").is_some() {
        return Ok((app, None));
    }
    let model = ScriptedModel::answering(answer).start().await?;
    Ok((app.provider("openai", model.provider()), Some(model)))
}

fn answer(asked: &Asked) -> Reply {
    let refund = |order: u32, euros: u32| ("refund", serde_json::json!({"order": order, "euros": euros}));
    if asked.turn() == 0 {
        return Reply::calls([refund(7, 20), refund(8, 120)]);
    }
    let told: Vec<&str> = asked.input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    Reply::says(format!("Here is what became of it: {}.", told.join("; ")))
}
