use steadfast::prelude::*;

fn short(input: String) -> Verdict {
    if input.len() > 100 { Verdict::trip("too long") } else { Verdict::Pass }
}

/// Pays.
#[tool]
fn pay(euros: u32) -> u32 {
    euros
}

#[agent(model = "m", input_guardrails = [pay, short], output_guardrails = ["pay"])]
struct Planner;

#[agent(model = "m", input_guardrails = [pay])]
struct Other;

fn main() {}
