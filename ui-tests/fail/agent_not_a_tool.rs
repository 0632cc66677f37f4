use steadfast::prelude::*;

struct Plain;

#[agent(model = "gpt-5.6-luna", tools = [Plain])]
struct Planner;

fn main() {}
