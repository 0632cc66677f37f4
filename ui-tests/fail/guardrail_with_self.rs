use steadfast::prelude::*;

struct Limits(usize);

impl Limits {
    #[guardrail]
    fn short(&self, input: String) -> Verdict {
        if input.len() > self.0 { Verdict::trip("too long") } else { Verdict::Pass }
    }
}

fn main() {}
