use steadfast::prelude::*;

#[guardrail]
fn short(input: String) -> bool {
    input.len() < 100
}

#[guardrail]
async fn quick(input: String) -> Result<(), ToolError> {
    drop(input);
    Ok(())
}

fn main() {}
