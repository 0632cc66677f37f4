use steadfast::prelude::*;

/// Does something.
#[tool(max_output(beyond = "fail"))]
fn search() {}

fn main() {}
