use steadfast::prelude::*;

#[workflow]
async fn write() -> Result<String, u32> {
    Err(1)
}

fn main() {}
