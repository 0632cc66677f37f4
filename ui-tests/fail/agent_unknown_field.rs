use steadfast::prelude::*;

#[agent(model = "gpt-5.6-luna", instructions = "You have {budgt} euros.")]
struct Planner {
    budget: u32,
}

fn main() {}
