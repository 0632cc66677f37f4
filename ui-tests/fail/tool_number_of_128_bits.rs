use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(id: u128) -> String {
    id.to_string()
}

fn main() {}
