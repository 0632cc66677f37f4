use steadfast::prelude::*;

struct Writer;

impl Writer {
    #[workflow]
    async fn write(&self) {}
}

fn main() {}
