use steadfast::prelude::*;

#[agent(model = "m", budget(tokns = 50_000, cost = -1.0, tool_calls = 2.5))]
struct Misspelt;

#[agent(model = "m", budget = 50_000)]
struct Bare;

#[agent(model = "m", budget())]
struct Empty;

fn main() {}
