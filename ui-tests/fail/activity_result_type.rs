use steadfast::prelude::*;

struct Receipt;

#[activity]
async fn charge(cents: u32) -> Result<Receipt, ToolError> {
    println!("{cents}");
    Ok(Receipt)
}

fn main() {}
