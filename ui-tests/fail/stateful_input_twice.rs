use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow]
impl Order {
    #[run]
    async fn run(order: WorkflowContext<Self>, items: Vec<String>) -> u32 {
        order.state_mut(|order| order.items = items);
        1
    }

    #[init]
    fn new(items: Vec<String>) -> Self {
        Self { items }
    }
}

fn main() {}
