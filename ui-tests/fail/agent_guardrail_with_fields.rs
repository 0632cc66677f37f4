use steadfast::{Judgement, prelude::*};

#[agent(model = "m", instructions = "Trip if it is longer than {most}.", output = Judgement)]
struct Short {
    most: usize,
}

#[agent(model = "m", input_guardrails = [Short])]
struct Planner;

#[agent(model = "m")]
struct Chatty;

#[agent(model = "m", input_guardrails = [Chatty])]
struct Other;

fn main() {}
