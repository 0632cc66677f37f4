use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

#[workflow]
impl Order {
    #[signal]
    fn add(&mut self, item: String) {
        self.items.push(item);
    }
}

fn main() {}
