use steadfast::prelude::*;

/// Pays.
#[tool(approval(rule = over_a_hundred, deadlin = "24h"))]
fn pay(euros: u32) -> u32 {
    euros
}

/// Pays more.
#[tool(approval = "always")]
fn pay_more(euros: u32) -> u32 {
    euros
}

/// Pays it all.
#[tool(approval(deadline = "soon"))]
fn pay_all(euros: u32) -> u32 {
    euros
}

fn over_a_hundred(euros: u32) -> bool {
    euros > 100
}

fn main() {}
