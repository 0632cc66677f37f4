use steadfast::prelude::*;

#[agent(model = "m", max_turns = 0)]
struct Writer;

fn main() {}
