use steadfast::{prelude::*, tool::hosted::FileSearch};

#[agent(model = "m", tools = [FileSearch])]
struct Archivist;

fn main() {}
