use steadfast::prelude::*;

/// Looks something up.
#[tool]
fn look_up() {}

#[agent(model = "m", tool_choice = look_up)]
struct Writer;

fn main() {}
