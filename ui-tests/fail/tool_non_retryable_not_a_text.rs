use steadfast::prelude::*;

/// Does something.
#[tool(retries = 1, non_retryable = [CardError])]
fn search() {}

fn main() {}
