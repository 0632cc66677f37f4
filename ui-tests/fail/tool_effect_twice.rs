use steadfast::prelude::*;

/// Pays a bill.
#[tool(effects = [money, net, money])]
fn pay(cents: u32) -> String {
    format!("{cents} paid")
}

fn main() {}
