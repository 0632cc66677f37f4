use steadfast::prelude::*;

#[agent(
    model = "m",
    repair_turns = 2,
    handoff_filter = steadfast::filters::nest_history,
    fallback_models = ["n", mini, "n", ""],
    tool_concurrency = 0,
)]
struct Talker;

fn main() {}
