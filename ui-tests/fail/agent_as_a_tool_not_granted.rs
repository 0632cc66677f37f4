use steadfast::prelude::*;

/// Pays a bill.
#[tool(effects = [money])]
fn pay(euros: u32) -> u32 {
    euros
}

#[agent(model = "m", tools = [pay], grants = [money])]
struct Cashier;

#[agent(model = "m", tools = [Cashier])]
struct Clerk;

fn main() {}
