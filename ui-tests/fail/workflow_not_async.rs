use steadfast::prelude::*;

#[workflow]
fn weekend(wish: String) -> String {
    wish
}

fn main() {}
