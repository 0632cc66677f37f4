use steadfast::prelude::*;

/// Does something.
#[tool(backoff(initial = "5s"))]
fn search() {}

fn main() {}
