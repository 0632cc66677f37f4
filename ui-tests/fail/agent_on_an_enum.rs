use steadfast::prelude::*;

#[agent(model = "gpt-5.6-luna")]
enum Planner {
    Trips,
}

fn main() {}
