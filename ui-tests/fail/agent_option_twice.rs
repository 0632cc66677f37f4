use steadfast::prelude::*;

#[agent(model = "m", max_turns = 3, max_turns = 4)]
struct Writer;

fn main() {}
