use steadfast::{prelude::*, tool::hosted::WebSearch};

#[agent(model = "m", tools = [WebSearch], tool_use_behavior = [WebSearch])]
struct Reporter;

fn main() {}
