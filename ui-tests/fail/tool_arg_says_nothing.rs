use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg] query: String) {
    drop(query);
}

fn main() {}
