use steadfast::prelude::*;

#[workflow]
async fn write(about: &str) -> usize {
    about.len()
}

fn main() {}
