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
    async fn add(order: WorkflowContext<Self>, item: String) {
        let item = std::rc::Rc::new(item);
        order.until(|order| order.items.is_empty()).await;
        order.state_mut(|order| order.items.push(item.to_string()));
    }
}

fn main() {}
