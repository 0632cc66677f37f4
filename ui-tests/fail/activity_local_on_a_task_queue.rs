use steadfast::prelude::*;

#[activity(local, task_queue = "bank")]
async fn charge(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

fn main() {}
