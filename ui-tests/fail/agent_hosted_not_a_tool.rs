use steadfast::prelude::*;

#[agent(model = "m", tools = [String::from("web_search")])]
struct Planner;

fn main() {}
