use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

struct Item;

#[workflow]
impl Order {
    #[run]
    async fn run(order: WorkflowContext<Self>) -> u32 {
        order.state(|_| 1)
    }

    #[signal]
    fn add(&mut self, item: Item) {
        let Item = item;
    }
}

fn main() {}
