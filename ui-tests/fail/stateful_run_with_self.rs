use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow]
impl Order {
    #[run]
    async fn run(&self) -> u32 {
        1
    }
}

fn main() {}
