use steadfast::prelude::*;

/// Pays a bill.
#[tool(effects = [money])]
fn pay(cents: u32) -> String {
    format!("{cents} paid")
}

#[agent(model = "m", tools = [pay], grants = [money])]
struct Cashier;

#[agent(model = "m", handoffs = [Cashier], grants = [read])]
struct Porter;

fn main() {}
