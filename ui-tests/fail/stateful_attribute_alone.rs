use steadfast::prelude::*;

#[derive(Default)]
struct Order {
    items: Vec<String>,
}

impl Order {
    #[signal]
    fn add(&mut self, item: String) {
        self.items.push(item);
    }
}

fn main() {}
