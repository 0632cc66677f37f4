use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(query: impl Into<String>) -> String {
    query.into()
}

fn main() {}
