use steadfast::prelude::*;

/// Does something.
#[tool(priority = 6)]
fn search() {}

#[agent(model = "m", priority = 0)]
struct Searcher;

fn main() {}
