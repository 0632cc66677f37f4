use steadfast::prelude::*;

#[agent(instructions = "You plan trips.")]
struct Planner;

fn main() {}
