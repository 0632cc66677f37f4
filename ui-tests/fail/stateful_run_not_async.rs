use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow]
impl Order {
    #[run]
    fn run(order: WorkflowContext<Self>) -> u32 {
        order.state(|_| 1)
    }
}

fn main() {}
