use steadfast::prelude::*;

/// Exports everything.
#[tool(timeout = "1h", heartbeat = "30s")]
async fn export(from: u32) -> u32 {
    from
}

fn main() {}
