use steadfast::prelude::*;

#[activity]
async fn charge(#[arg(range(min = 1), alias = "amount")] cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

fn main() {}
