//! "Orchestrating multiple agents": agents as tools of another, and many runs at once.

use steadfast::prelude::*;

/// Translates the user's message to Spanish.
#[agent(name = "Spanish agent", model = "gpt-5.6-luna", instructions = "You translate the message to Spanish.")]
struct Spanish;

/// Translates the user's message to French.
#[agent(name = "French agent", model = "gpt-5.6-luna", instructions = "You translate the message to French.")]
struct French;

#[agent(
    name = "Orchestrator",
    model = "gpt-5.6-luna",
    instructions = "You translate by your tools. If asked for several languages, call them all.",
    tools = [Spanish, French],
)]
struct Orchestrator;

#[workflow]
pub(crate) async fn orchestration() -> Result<String> {
    let by_model = Orchestrator.run("Say \"Hello, how are you?\" in Spanish and in French.").await?.output;
    // By code: one failure leaves the others their results.
    let greetings = ["Good morning", "Good night"];
    let by_code: Vec<String> = Spanish
        .run_all(greetings)
        .at_once(2)
        .await
        .into_iter()
        .map(|run| run.map_or_else(|error| error.to_string(), |run| run.output))
        .collect();
    Ok(format!("{by_model}\n{}", by_code.join(" / ")))
}
