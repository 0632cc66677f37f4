use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(limit: &State<u32>) -> u32 {
    **limit
}

fn main() {}
