use steadfast::prelude::*;

#[agent(model = "")]
struct Writer;

fn main() {}
