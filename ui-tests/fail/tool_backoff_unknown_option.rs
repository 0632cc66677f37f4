use steadfast::prelude::*;

/// Does something.
#[tool(retries = 3, backoff(first = "5s", coefficient = 0.5))]
fn search() {}

fn main() {}
