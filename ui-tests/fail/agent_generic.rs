use steadfast::prelude::*;

#[agent(model = "m")]
struct Writer<T> {
    about: T,
}

fn main() {}
