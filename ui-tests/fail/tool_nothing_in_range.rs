use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(range(min = 10, max = 5))] limit: u32) -> u32 {
    limit
}

fn main() {}
