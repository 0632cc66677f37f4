use steadfast::prelude::*;

#[agent(model = "m", instrctions = "Write.")]
struct Writer;

fn main() {}
