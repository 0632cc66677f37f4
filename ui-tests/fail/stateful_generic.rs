use steadfast::prelude::*;

struct Basket<T>(T);

#[workflow]
impl<T> Basket<T> {
    #[run]
    async fn run(basket: WorkflowContext<Self>) -> u32 {
        basket.state(|_| 1)
    }
}

fn main() {}
