//! "Tools": what runs at the model's provider, and functions with typed arguments.

use steadfast::{prelude::*, tool::hosted::WebSearch};

/// A place on the map.
#[derive(Deserialize, JsonSchema)]
struct Location {
    lat: f64,
    long: f64,
}

/// Fetch the weather for a given location.
#[tool(timeout = "10s", retries = 3)]
fn fetch_weather(
    /// The location to fetch the weather for.
    location: Location,
) -> Result<String, ToolError> {
    if location.lat.abs() > 90.0 || location.long.abs() > 180.0 {
        return Err(ToolError::new("that is nowhere on earth"));
    }
    Ok("sunny".to_owned())
}

// With a vector store there would be `FileSearch::new(["vs_.."]).max_results(3)`, too.
#[agent(model = "gpt-5.6-luna", instructions = "You find a place for the day.", tools = [WebSearch, fetch_weather])]
struct Guide;

#[workflow]
pub(crate) async fn tools() -> Result<String> {
    let run = Guide.run("Which coffee shop should I go to, with the weather today in San Francisco?").await?;
    Ok(run.output)
}
