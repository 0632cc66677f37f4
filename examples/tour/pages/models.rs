//! "Models": each agent has its own, of any provider; and others for when that one cannot answer.

use steadfast::prelude::*;

#[agent(name = "Spanish agent", model = "gpt-5.6-luna-mini", instructions = "You only speak Spanish.")]
struct Spanish;

#[agent(
    name = "English agent",
    model = "gpt-5.6-luna",
    instructions = "You only speak English.",
    fallback_models = ["gpt-5.6-luna-mini"],
    temperature = 0.5,
)]
struct English;

#[agent(
    name = "Triage agent",
    model = "gpt-5.6-luna",
    instructions = "Handoff to the appropriate agent based on the language of the request.",
    handoffs = [Spanish, English],
)]
struct Triage;

#[workflow]
pub(crate) async fn models() -> Result<String> {
    let run = Triage.run("Hola, ¿cómo estás?").await?;
    let models: Vec<&str> = run.shares.iter().map(|share| share.model.as_str()).collect();
    Ok(format!("{} ({} by {})", run.output, run.last_agent, models.join(", then ")))
}
