use steadfast::prelude::*;

/// Current weather in a city.
#[tool(timout = "10s")]
fn weather(city: String) -> String {
    city
}

fn main() {}
