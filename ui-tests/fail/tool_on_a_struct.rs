use steadfast::prelude::*;

/// Not a function.
#[tool]
struct Weather;

fn main() {}
