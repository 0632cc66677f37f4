use steadfast::prelude::*;

/// Does something.
#[tool(retries = 3, backoff = "5s")]
fn search() {}

fn main() {}
