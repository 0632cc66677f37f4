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

    #[run]
    async fn again(order: WorkflowContext<Self>) -> u32 {
        order.state(|_| 2)
    }
}

fn main() {}
