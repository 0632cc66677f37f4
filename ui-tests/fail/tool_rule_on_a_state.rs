use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(range(max = 9), rename = "most")] limit: State<u32>) -> u32 {
    *limit
}

fn main() {}
