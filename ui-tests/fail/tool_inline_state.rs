use steadfast::prelude::*;

/// Adds a number.
#[tool(inline)]
fn add(a: i64, base: State<i64>, context: ToolContext) -> String {
    format!("{}: {}", context.tool, a + *base)
}

fn main() {}
