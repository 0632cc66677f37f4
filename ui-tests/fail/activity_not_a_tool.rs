use steadfast::prelude::*;

/// Charges a card.
#[activity]
async fn charge(cents: u32) -> Result<(), ToolError> {
    println!("{cents}");
    Ok(())
}

#[agent(model = "gpt-5.6-luna", tools = [charge])]
struct Planner;

fn main() {}
