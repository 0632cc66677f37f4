use steadfast::prelude::*;

/// Pays a bill.
#[tool(effects = [net, money])]
fn pay(cents: u32) -> String {
    format!("{cents} paid")
}

#[agent(model = "m", tools = [pay], grants = [net])]
struct Clerk;

fn main() {}
