use steadfast::prelude::*;

#[agent(model = "m", instructions = Self::brief)]
struct Writer;

impl Writer {
    fn brief(&self) -> u32 {
        1
    }
}

fn main() {}
