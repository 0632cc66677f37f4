use steadfast::prelude::*;

#[workflow]
async fn write<T>(about: T) {
    drop(about);
}

fn main() {}
