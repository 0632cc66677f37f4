use steadfast::prelude::*;

/// Current weather.
#[tool]
fn weather() -> String {
    "clear".to_owned()
}

#[agent(model = "m", tools = [weather()])]
struct Planner;

fn main() {}
