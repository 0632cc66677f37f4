use steadfast::prelude::*;

#[workflow]
struct Write;

fn main() {}
