use steadfast::prelude::*;

#[agent(model = "m", grants = [1, net, "", net])]
struct Clerk;

fn main() {}
