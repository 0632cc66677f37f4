//! "Quickstart": who asks is handed over to the tutor who knows.

use steadfast::prelude::*;

/// Specialist agent for historical questions.
#[agent(
    name = "History Tutor",
    model = "gpt-5.6-luna",
    instructions = "You answer history questions clearly and concisely."
)]
struct History;

/// Specialist agent for math questions.
#[agent(
    name = "Math Tutor",
    model = "gpt-5.6-luna",
    instructions = "You explain math step by step and include worked examples."
)]
struct Math;

#[agent(
    name = "Triage Agent",
    model = "gpt-5.6-luna",
    instructions = "Route each homework question to the right specialist.",
    handoffs = [History, Math],
)]
struct Triage;

#[workflow]
pub(crate) async fn tutors() -> Result<String> {
    let run = Triage.run("Who was the first president of the United States?").await?;
    Ok(format!("{}\n(answered by {})", run.output, run.last_agent))
}
