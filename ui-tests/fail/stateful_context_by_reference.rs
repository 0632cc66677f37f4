use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow]
impl Order {
    #[run]
    async fn run(order: WorkflowContext<Self>) -> u32 {
        order.state(|_| 1)
    }

    #[signal]
    async fn add(order: &mut WorkflowContext<Self>, item: String) {
        order.state_mut(|order| order.items.push(item));
    }
}

fn main() {}
