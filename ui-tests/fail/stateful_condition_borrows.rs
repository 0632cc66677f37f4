use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow]
impl Order {
    #[run]
    async fn run(order: WorkflowContext<Self>, count: usize) -> u32 {
        order.until(|order| order.items.len() > count).await;
        1
    }
}

fn main() {}
