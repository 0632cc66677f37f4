use steadfast::prelude::*;

/// Lists orders.
#[tool(retries = 2, backoff = (initial = "1s"), max_output = (bytes = 100, beyond = "fail"))]
fn orders(most: u32) -> u32 {
    most
}

fn main() {}
