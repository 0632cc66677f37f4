use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[cfg(unix)] query: String) {
    drop(query);
}

fn main() {}
