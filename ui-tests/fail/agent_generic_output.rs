use std::marker::PhantomData;
use steadfast::prelude::*;

#[agent(model = "m", output = T)]
struct Reader<T> {
    of: PhantomData<T>,
}

struct Invoice;

fn main() {
    let _ = Reader::<Invoice> { of: PhantomData }.run("Read it.");
}
