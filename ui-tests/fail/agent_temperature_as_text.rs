use steadfast::prelude::*;

#[agent(model = "m", temperature = "0.5")]
struct Writer;

fn main() {}
