use steadfast::prelude::*;

/// Does something.
#[tool(max_output(bytes = 10, beyond = "trim"))]
fn search() {}

fn main() {}
