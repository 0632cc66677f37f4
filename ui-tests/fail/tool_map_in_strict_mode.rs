use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(filters: std::collections::HashMap<String, String>) -> usize {
    filters.len()
}

fn main() {}
