use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[schemars(range(min = 1))] query: String) -> String {
    query
}

fn main() {}
