use steadfast::prelude::*;

/// Does something.
#[tool(name = find)]
fn search() {}

fn main() {}
