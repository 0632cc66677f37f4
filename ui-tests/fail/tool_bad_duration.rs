use steadfast::prelude::*;

/// Current weather in a city.
#[tool(timeout = "30 secs")]
fn weather(city: String) -> String {
    city
}

fn main() {}
