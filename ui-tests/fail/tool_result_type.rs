use steadfast::prelude::*;

struct Opaque;

/// Returns what cannot travel.
#[tool]
fn opaque() -> Opaque {
    Opaque
}

fn main() {}
