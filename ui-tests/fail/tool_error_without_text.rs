use steadfast::prelude::*;

struct Failed;

/// Does something.
#[tool]
fn search() -> Result<u32, Failed> {
    Err(Failed)
}

fn main() {}
