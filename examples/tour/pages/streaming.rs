//! "Streaming": what happens in a run, as it happens.
//!
//! In this process the run itself is the stream. On Temporal a workflow shows its runs to whoever follows it, by
//! `app.handle(..).events()`, while the model is still talking; to its own code the stream is empty there, since a replay
//! could not bring it again.

use std::fmt::Write as _;
use steadfast::{RunEventKind, prelude::*};

/// How many jokes to tell.
#[tool]
fn how_many_jokes() -> u32 {
    3
}

#[agent(
    name = "Joker",
    model = "gpt-5.6-luna",
    instructions = "First call the `how_many_jokes` tool, then tell that many jokes.",
    tools = [how_many_jokes],
)]
struct Joker;

#[workflow]
pub(crate) async fn streaming() -> Result<String> {
    let mut run = Joker.run_streamed("Hello");
    let mut seen = String::new();
    while let Some(event) = run.next().await {
        match event.kind {
            RunEventKind::Text { delta, .. } => seen.push_str(&delta),
            RunEventKind::ToolStarted { tool, .. } => writeln!(seen, "-- {tool} was called")?,
            RunEventKind::ToolFinished { tool, output, .. } => writeln!(seen, "-- {tool} has said {output}")?,
            _ => {}
        }
    }
    let run = run.await?;
    Ok(if seen.is_empty() { run.output } else { seen })
}
