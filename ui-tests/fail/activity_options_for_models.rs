use steadfast::prelude::*;

#[activity(description = "Charges a card.", strict = false, on_error = "fail", approval, inline, tags = ["money"])]
async fn charge(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

#[activity(description_file = "charge.md", max_output = 10, effects = [money], enabled = always)]
async fn refund(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

#[activity(input_guardrails = [small], output_guardrails = [small])]
async fn pay(cents: u32) -> Result<u32, ToolError> {
    Ok(cents)
}

fn main() {}
