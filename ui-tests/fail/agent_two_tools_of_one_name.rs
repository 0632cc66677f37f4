use steadfast::prelude::*;

/// Searches the web.
#[tool]
fn search(query: String) -> String {
    query
}

/// Searches files.
#[tool(name = "search")]
fn search_files(query: String) -> String {
    query
}

#[agent(model = "gpt-5.6-luna", tools = [search, search_files])]
struct Researcher;

fn main() {}
