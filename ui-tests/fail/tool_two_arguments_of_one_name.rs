use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(#[arg(rename = "q")] query: String, #[serde(alias = "q")] quick: bool) -> String {
    format!("{query}{quick}")
}

fn main() {}
