use steadfast::prelude::*;

struct Reader;

#[agent(model = "m", handoffs = [Reader])]
struct Writer;

fn main() {}
