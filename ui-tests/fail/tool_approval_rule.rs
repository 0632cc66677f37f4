use steadfast::prelude::*;

struct Sum {
    euros: u32,
}

fn over_a_hundred(call: &Sum) -> bool {
    call.euros > 100
}

fn large(call: &steadfast::serde_json::Value) -> u32 {
    u32::from(call["euros"].is_number())
}

/// Pays.
#[tool(approval = over_a_hundred)]
fn pay(euros: u32) -> u32 {
    euros
}

/// Pays more.
#[tool(approval(rule = large))]
fn pay_more(euros: u32) -> u32 {
    euros
}

fn main() {}
