//! "Running agents": one line; what this run wants otherwise is said behind it.

use steadfast::prelude::*;

#[agent(model = "gpt-5.6-luna", instructions = "You are a helpful assistant.")]
struct Assistant;

#[workflow]
pub(crate) async fn running() -> Result<String> {
    let run = Assistant.run("Write a haiku about recursion in programming.").max_turns(3).await?;
    Ok(run.output)
}
