use steadfast::prelude::*;

#[tool(description_file = "nowhere.md")]
fn search() {}

fn main() {}
