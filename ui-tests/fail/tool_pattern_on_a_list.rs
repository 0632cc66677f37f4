use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(pattern = "a")] words: Vec<String>) -> usize {
    words.len()
}

fn main() {}
