use steadfast::prelude::*;

#[agent(model = "m", instructions = "Write about {topic.")]
struct Writer;

fn main() {}
