use steadfast::prelude::*;

#[guardrail]
fn open(hours: State<u8>) -> Verdict {
    if *hours < 8 { Verdict::trip("closed") } else { Verdict::Pass }
}

#[agent(model = "m", input_guardrails = [open])]
struct Planner;

fn main() {}
