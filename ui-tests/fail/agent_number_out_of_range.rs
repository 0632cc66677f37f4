use steadfast::prelude::*;

#[agent(model = "gpt-5.6-luna", temperature = 3.5, max_turns = 0)]
struct Planner;

fn main() {}
