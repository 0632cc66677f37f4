use steadfast::prelude::*;

/// Does something.
#[tool]
fn search() -> std::fmt::Result {
    Ok(())
}

fn main() {}
