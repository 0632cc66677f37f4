use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(length(max = 10))] limit: Option<u32>) -> Option<u32> {
    limit
}

fn main() {}
