use steadfast::prelude::*;

/// Says who asks.
#[tool(cache = "10m")]
fn who(context: ToolContext) -> String {
    context.agent.unwrap_or_default()
}

fn main() {}
