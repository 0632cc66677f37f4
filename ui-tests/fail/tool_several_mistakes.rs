use steadfast::prelude::*;

#[tool(timout = "10s", retries = "three", name = "a b")]
fn search(query: &str, (a, b): (u32, u32)) -> String {
    format!("{query}{a}{b}")
}

#[agent(model = "m", tools = [search])]
struct Researcher;

fn main() {}
