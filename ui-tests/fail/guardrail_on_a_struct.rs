use steadfast::prelude::*;

#[guardrail]
struct Short(usize);

fn main() {}
