use steadfast::prelude::*;

#[agent(model = "m")]
struct Writer<'a> {
    about: &'a str,
}

fn main() {}
