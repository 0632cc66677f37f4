use steadfast::prelude::*;

/// Adds two numbers.
#[tool(inline, retries = 3, timeout = "1s", cache = "1m")]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
