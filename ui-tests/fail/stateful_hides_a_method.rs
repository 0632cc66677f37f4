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
    fn cancel(&mut self) {
        self.items.clear();
    }
}

fn main() {}
