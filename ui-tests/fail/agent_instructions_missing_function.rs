use steadfast::prelude::*;

#[agent(model = "m", instructions = Self::brief)]
struct Writer;

fn main() {}
