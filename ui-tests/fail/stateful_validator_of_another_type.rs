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

    #[update_validator(add)]
    fn check(&self, item: &u32) -> Result<(), Error> {
        let _ = item;
        Ok(())
    }
}

fn main() {}
