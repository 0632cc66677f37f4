use steadfast::prelude::*;

/// Does something.
#[tool(local, priority = 2)]
fn search() {}

fn main() {}
