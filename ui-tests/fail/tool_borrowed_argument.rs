use steadfast::prelude::*;

/// Searches the web.
#[tool]
fn search(query: &str) -> String {
    query.to_owned()
}

fn main() {}
