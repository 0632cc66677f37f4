use steadfast::prelude::*;

/// Does something.
#[tool(timeout = "0s")]
fn search() {}

fn main() {}
