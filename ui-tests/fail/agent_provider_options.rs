use steadfast::prelude::*;

#[agent(model = "m", provider_options = ["flex"])]
struct Writer;

fn main() {}
