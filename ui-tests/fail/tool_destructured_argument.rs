use steadfast::prelude::*;

/// Does something.
#[tool]
fn search((from, to): (u32, u32)) -> u32 {
    from + to
}

fn main() {}
