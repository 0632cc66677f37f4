use steadfast::prelude::*;

/// Echoes anything.
#[tool]
fn echo<T: Serialize>(value: T) -> T {
    value
}

fn main() {}
