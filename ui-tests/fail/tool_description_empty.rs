use steadfast::prelude::*;

/// Does something.
#[tool(description = " ")]
fn search() {}

fn main() {}
