use steadfast::prelude::*;

/// Does something.
#[tool]
extern "C" fn search() {}

fn main() {}
