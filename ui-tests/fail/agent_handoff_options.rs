use steadfast::prelude::*;

#[agent(model = "m")]
struct Reader;

/// Notes the reason.
#[tool]
fn note(reason: String) -> String {
    reason
}

#[agent(
    model = "m",
    handoffs = [
        handoff(),
        handoff(filter = note),
        handoff(Reader, on_handof = note),
        handoff(Reader, input = Reason, name = "read aloud"),
        handoff(Reader, name = "read", description = ""),
        handoff(Reader, name = "read"),
        handoff(Reader, filter),
        hand_over(Reader),
    ],
)]
struct Writer;

fn main() {}
