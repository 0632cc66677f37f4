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

    #[query(name = "steadfast.items")]
    fn items(&self) -> Vec<String> {
        self.items.clone()
    }
}

fn main() {}
