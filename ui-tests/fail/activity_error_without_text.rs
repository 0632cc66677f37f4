use steadfast::prelude::*;

struct Declined;

#[activity]
async fn charge(cents: u32) -> Result<u32, Declined> {
    if cents > 100 { Err(Declined) } else { Ok(cents) }
}

fn main() {}
