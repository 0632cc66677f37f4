use steadfast::prelude::*;

#[agent(model = "gpt-5.6-luna", instructions = "You refund in {region}.")]
struct Refunds {
    region: String,
}

#[agent(model = "gpt-5.6-luna", handoffs = [Refunds])]
struct Triage;

fn main() {}
