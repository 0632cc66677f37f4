use std::marker::PhantomData;
use steadfast::prelude::*;

#[agent(model = "m")]
struct Reader<T> {
    of: PhantomData<fn() -> T>,
}

#[agent(model = "m", tools = [Reader<u8>])]
struct Clerk;

fn main() {}
