use steadfast::prelude::*;

#[agent(model = "m")]
struct Summariser;

#[agent(model = "m")]
struct Filled {
    language: String,
}

#[agent(model = "m", output = u32)]
struct Counter;

struct Plain;

#[agent(model = "m", compaction = Summariser, compaction_filter = steadfast::filters::forget_outputs)]
struct Twice;

#[agent(model = "m", compaction = Filled)]
struct WithFields;

#[agent(model = "m", compaction = Counter)]
struct WithNumbers;

#[agent(model = "m", compaction = Plain)]
struct WithoutAgent;

#[agent(model = "m", compaction = "Summariser")]
struct Quoted;

fn main() {}
