use steadfast::prelude::*;

#[guardrail]
fn short(input: String, most: usize) -> Verdict {
    if input.len() > most { Verdict::trip("too long") } else { Verdict::Pass }
}

fn main() {}
