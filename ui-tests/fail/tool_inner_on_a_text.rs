use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(inner(length(min = 1)))] query: String) -> String {
    query
}

fn main() {}
