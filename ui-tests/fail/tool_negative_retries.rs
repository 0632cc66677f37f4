use steadfast::prelude::*;

/// Does something.
#[tool(retries = -1)]
fn search() {}

fn main() {}
