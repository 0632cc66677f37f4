use steadfast::prelude::*;

#[tool]
fn search(query: String) -> String {
    query
}

fn main() {}
