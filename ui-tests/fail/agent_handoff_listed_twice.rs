use steadfast::prelude::*;

#[agent(model = "m")]
struct Reader;

#[agent(model = "m", handoffs = [Reader, Reader])]
struct Writer;

fn main() {}
