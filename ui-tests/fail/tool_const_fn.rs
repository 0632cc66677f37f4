use steadfast::prelude::*;

/// Does something.
#[tool]
const fn search() {}

fn main() {}
