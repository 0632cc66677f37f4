//! What a turn costs: milliseconds, history events and bytes, against a local server and a model that answers at once.
//!
//! ```text
//! cargo run --release --example turns
//! ```
//!
//! Each row is one run of that many turns, each turn one model call and one tool call; the same run in-process is the
//! baseline. Figures are medians of five runs, made in turn.

use serde_json::json;
use std::{error::Error as StdError, time::Instant};
use steadfast::{
    DevServer,
    prelude::*,
    testing::{Reply, ScriptedModel},
};

const RUNS: usize = 5;

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let model = ScriptedModel::answering(|asked| {
        let turns: usize = asked.user_text().and_then(|text| text.parse().ok()).unwrap_or(1);
        if asked.turn() + 1 < turns {
            Reply::call("echo", json!({"text": "x".repeat(100)}))
        } else {
            Reply::says("done")
        }
    });
    let model = model.start().await?;
    let app = App::new("turns").workflow(turns).provider("openai", model.provider()).dev_server(DevServer::ephemeral());
    let worker = app.worker().await?.spawn();
    app.start(turns, 2).await?.result().await?;

    println!("turns   durable ms/turn   in-process ms/turn   events/turn   history kB");
    for count in [1, 8, 32, 100] {
        let (mut durable, mut direct) = (Vec::new(), Vec::new());
        let (mut events, mut bytes) = (0, 0);
        for _ in 0..RUNS {
            let began = Instant::now();
            let run = app.start(turns, count).await?;
            run.result().await?;
            durable.push(began.elapsed().as_secs_f64() * 1000.0 / f64::from(count));
            let history = run.history().await?;
            (events, bytes) = (history.events().len(), history.bytes());

            let began = Instant::now();
            app.inline(turns(count)).await?;
            direct.push(began.elapsed().as_secs_f64() * 1000.0 / f64::from(count));
        }
        println!(
            "{count:>5} {:>17.1} {:>20.1} {:>13.1} {:>12.1}",
            median(durable),
            median(direct),
            per(events, count),
            per(bytes, 1000),
        );
    }
    worker.stop().await?;
    Ok(())
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

#[expect(clippy::cast_precision_loss, reason = "figures for people")]
fn per(amount: usize, by: u32) -> f64 {
    amount as f64 / f64::from(by)
}

/// Gives back what it gets.
#[tool]
fn echo(text: String) -> String {
    text
}

#[agent(model = "m", tools = [echo], max_turns = 1000)]
struct Talker;

#[workflow]
async fn turns(count: u32) -> Result<String> {
    Ok(Talker.run(count.to_string()).await?.output)
}
