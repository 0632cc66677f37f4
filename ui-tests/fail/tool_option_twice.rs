use steadfast::prelude::*;

/// Current weather in a city.
#[tool(name = "weather", name = "forecast")]
fn weather(city: String) -> String {
    city
}

fn main() {}
