use steadfast::prelude::*;

#[activity]
async fn note(reason: String) -> Result<(), ToolError> {
    println!("{reason}");
    Ok(())
}

#[agent(model = "m")]
struct Refunds;

#[agent(model = "m", handoffs = [handoff(Refunds, on_handoff = note)])]
struct Desk;

fn main() {}
