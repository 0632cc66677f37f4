use steadfast::prelude::*;

#[activity(retries = 0, backoff(initial = "1s"), non_retryable = ["Declined"])]
async fn charge(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

fn main() {}
