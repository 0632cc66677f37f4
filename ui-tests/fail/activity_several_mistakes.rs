use steadfast::prelude::*;

#[activity(timeout = "soon", approval, retries = -1)]
async fn charge<T>(card: &str, (cents, tip): (u32, u32)) -> Result<u32, ToolError> {
    println!("{card}");
    Ok(cents + tip)
}

// Nothing more is said about what uses it.
#[workflow]
async fn checkout() -> Result<u32> {
    Ok(refund::call("visa").await?)
}

#[activity(strict)]
async fn refund(card: &str) -> Result<u32, ToolError> {
    println!("{card}");
    Ok(1)
}

fn main() {
    let _ = App::new("shop").workflow(checkout).activity::<refund>();
}
