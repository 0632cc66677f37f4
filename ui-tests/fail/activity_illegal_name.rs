use steadfast::prelude::*;

#[activity(name = "steadfast.model")]
async fn charge(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

#[activity(name = " ")]
async fn refund(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

fn main() {}
