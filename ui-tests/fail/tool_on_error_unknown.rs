use steadfast::prelude::*;

/// Does something.
#[tool(on_error = "fial")]
fn search() {}

fn main() {}
