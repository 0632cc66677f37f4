use steadfast::prelude::*;

/// Does something.
#[tool(timeout("10s"))]
fn search() {}

fn main() {}
