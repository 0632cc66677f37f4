use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(rename = "the query")] query: String, größe: u32) -> String {
    format!("{query}{größe}")
}

fn main() {}
