use steadfast::prelude::*;

#[agent(model = "m", reasoning = "hgih")]
struct Writer;

fn main() {}
