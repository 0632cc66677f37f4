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
    fn add(&mut self, item: String) {
        self.items.push(format!("{item} at {:?}", std::time::SystemTime::now()));
    }
}

fn main() {}
