use steadfast::prelude::*;

/// Does something.
#[tool(description = "Searches.", description_file = "search.md")]
fn search() {}

fn main() {}
