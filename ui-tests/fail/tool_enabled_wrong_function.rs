use steadfast::prelude::*;

fn open(hour: u32) -> bool {
    hour > 8
}

/// Rings the bell.
#[tool(enabled = open)]
fn ring() -> String {
    "ding".to_owned()
}

fn main() {}
