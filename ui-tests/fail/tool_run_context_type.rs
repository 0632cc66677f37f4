use steadfast::prelude::*;

struct Session {
    user: u32,
}

/// Says who is there.
#[tool]
fn who(session: RunContext<Session>) -> u32 {
    session.user
}

fn main() {}
