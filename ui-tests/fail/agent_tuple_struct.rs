use steadfast::prelude::*;

#[agent(model = "m")]
struct Writer(String);

fn main() {}
