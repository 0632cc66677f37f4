use steadfast::prelude::*;

fn say(code: u32) -> String {
    code.to_string()
}

/// Does something.
#[tool(on_error = say)]
fn search() {}

fn main() {}
