use steadfast::prelude::*;

/// Looks something up.
#[tool]
fn look_up() {}

#[agent(model = "m", tools = look_up)]
struct Writer;

fn main() {}
