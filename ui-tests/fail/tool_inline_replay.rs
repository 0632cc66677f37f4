use std::time::SystemTime;
use steadfast::prelude::*;

/// Says how late it is.
#[tool(inline)]
fn late(since: u64) -> Result<String, ToolError> {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let name = std::env::var("NAME")?;
    std::fs::write("late", &name)?;
    Ok(format!("{name}: {}", now.as_secs() - since))
}

fn main() {}
