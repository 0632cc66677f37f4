use steadfast::prelude::*;

#[workflow]
async fn weekend(wish: String, budget: u32) -> String {
    format!("{wish} for {budget}")
}

fn main() {}
