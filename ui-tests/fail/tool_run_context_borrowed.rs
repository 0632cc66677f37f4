use steadfast::prelude::*;

/// Says who is there.
#[tool]
fn who(#[arg(default)] user: RunContext<u32>, session: &RunContext<String>) -> String {
    format!("{} {}", *user, **session)
}

fn main() {}
