use steadfast::prelude::*;

#[agent(model = "m", tool_use_behavior = "stop_on_first")]
struct Writer;

fn main() {}
