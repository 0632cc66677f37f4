use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(pattern = "a")] #[schemars(regex(pattern = "b"))] word: String) -> String {
    word
}

fn main() {}
