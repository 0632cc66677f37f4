use steadfast::prelude::*;

struct Itinerary;

#[agent(model = "gpt-5.6-luna", output = Itinerary)]
struct Planner;

fn main() {}
