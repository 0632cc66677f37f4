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

    #[update]
    fn add(&mut self, item: String) {
        self.items.push(item);
    }

    #[update_validator(ad)]
    fn check(&self, item: &String) -> Result<(), Error> {
        let _ = item;
        Ok(())
    }
}

fn main() {}
