use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(filters: Vec<serde_json::Value>) -> usize {
    filters.len()
}

fn main() {}
