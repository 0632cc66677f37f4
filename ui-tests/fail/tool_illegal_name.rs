use steadfast::prelude::*;

/// Searches the web.
#[tool(name = "web search")]
fn search(query: String) -> String {
    query
}

fn main() {}
