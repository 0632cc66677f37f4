use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[serde(flatten, skip)] query: String) -> String {
    query
}

fn main() {}
