use steadfast::prelude::*;

struct Card;

#[activity]
async fn charge(card: Card, cents: u32) -> Result<u32, ToolError> {
    let Card = card;
    Ok(cents)
}

fn main() {}
