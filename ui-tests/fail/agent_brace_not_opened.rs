use steadfast::prelude::*;

#[agent(model = "m", instructions = "Write JSON, as in {{\"a\": 1}.")]
struct Writer;

fn main() {}
