use steadfast::prelude::*;

/// Does something.
#[tool]
unsafe fn search() {}

fn main() {}
