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
    fn add(&mut self, item: String, count: u32) {
        self.items.push(format!("{count} {item}"));
    }
}

fn main() {}
