//! "Agents": a model with instructions and tools.

use steadfast::prelude::*;

/// Returns weather info for the specified city.
#[tool]
fn get_weather(city: String) -> String {
    format!("The weather in {city} is sunny")
}

#[agent(
    name = "Haiku agent",
    model = "gpt-5.6-luna",
    instructions = "Always respond in haiku form.",
    tools = [get_weather],
)]
struct Poet;

#[workflow]
pub(crate) async fn agents() -> Result<String> {
    let run = Poet.run("What is the weather in Lisbon?").await?;
    Ok(run.output)
}
