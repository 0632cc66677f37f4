use steadfast::prelude::*;

/// Searches the web.
#[tool]
fn search(query: String) -> String {
    query
}

#[agent(model = "gpt-5.6-luna", tools = [search, search])]
struct Researcher;

fn main() {}
