use steadfast::prelude::*;

#[activity(timout = "10s", backof)]
async fn charge(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

#[activity(priority = 3)]
async fn refund(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

fn main() {}
