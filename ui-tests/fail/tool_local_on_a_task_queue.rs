use steadfast::prelude::*;

/// Does something.
#[tool(local, task_queue = "gpu")]
fn search() {}

fn main() {}
