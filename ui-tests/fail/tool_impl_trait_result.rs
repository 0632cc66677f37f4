use steadfast::prelude::*;

/// Does something.
#[tool]
fn search() -> impl Serialize {
    1
}

fn main() {}
