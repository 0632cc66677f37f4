//! "Usage": what a run has taken, by agent and by model, and what it may take.

use steadfast::{Budget, prelude::*};

#[agent(model = "gpt-5.6-luna", instructions = "Reply very concisely.")]
struct Assistant;

#[workflow]
pub(crate) async fn usage() -> Result<String> {
    let run = Assistant.run("What's the weather in Tokyo?").budget(Budget::new().tokens(5_000)).await?;
    let usage = run.usage;
    Ok(format!(
        "{} request(s), {} input tokens, {} output tokens, {} in all",
        usage.requests,
        usage.input_tokens,
        usage.output_tokens,
        usage.total_tokens()
    ))
}
