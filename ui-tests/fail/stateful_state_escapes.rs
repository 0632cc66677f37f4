use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow]
impl Order {
    #[run]
    async fn run(order: WorkflowContext<Self>) -> u32 {
        let first = order.state(|order| order.items.first());
        order.until(|order| order.items.len() > 1).await;
        first.map_or(0, |_| 1)
    }
}

fn main() {}
