use steadfast::{filters::ModelInput, prelude::*};

fn shorten(input: &ModelInput<'_>) -> bool {
    input.turn > 1
}

#[agent(model = "m", input_filter = shorten)]
struct Brief;

fn main() {}
