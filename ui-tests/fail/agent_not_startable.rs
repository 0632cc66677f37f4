use steadfast::prelude::*;

struct Handle;

/// Plans trips.
#[agent(model = "m")]
struct Planner {
    handle: Handle,
}

async fn start(app: App) -> Result<()> {
    app.start_agent(&Planner { handle: Handle }, "hi").await?;
    Ok(())
}

fn main() {}
