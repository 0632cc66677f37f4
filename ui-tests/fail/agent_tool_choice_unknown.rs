use steadfast::prelude::*;

#[agent(model = "m", tool_choice = "require")]
struct Writer;

fn main() {}
