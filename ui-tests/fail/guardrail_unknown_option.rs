use steadfast::prelude::*;

#[guardrail(blockin, cache = "1m")]
fn short(input: String) -> Verdict {
    if input.len() > 100 { Verdict::trip("too long") } else { Verdict::Pass }
}

#[agent(model = "m", input_guardrails = [short])]
struct Planner;

fn main() {}
