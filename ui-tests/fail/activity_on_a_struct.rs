use steadfast::prelude::*;

#[activity]
struct Charge;

fn main() {}
