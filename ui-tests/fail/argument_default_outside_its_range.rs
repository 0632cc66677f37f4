use steadfast::prelude::*;

/// Lists orders.
#[tool]
fn orders(#[arg(default = 100, range(max = 10))] most: u32, #[arg(default = -1.5, range(min = -1))] least: f64) -> u32 {
    let _ = least;
    most
}

fn main() {}
