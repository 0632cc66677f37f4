use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(default)] limit: State<u32>) -> u32 {
    *limit
}

fn main() {}
