use steadfast::{prelude::*, tool::hosted::WebSearch};

#[agent(model = "m")]
struct Reader;

/// Pays a bill.
#[tool(effects = [money])]
fn pay(cents: u32) -> String {
    format!("{cents} paid")
}

struct Bank;

#[tool]
impl Bank {
    /// Opens it.
    #[tool]
    fn open(&self) {}

    /// Closes it.
    #[tool]
    fn close(&self) {}
}

struct Reason;

#[agent(model = "m", handoffs = [handoff(Reader, on_handoff = pay)])]
struct Cashier;

#[agent(model = "m", handoffs = [handoff(Reader, on_handoff = Bank)])]
struct Clerk;

#[agent(model = "m", handoffs = [handoff(Reader, on_handoff = WebSearch)])]
struct Searcher;

#[agent(model = "m", handoffs = [handoff(Reader, on_handoff = Reason)])]
struct Talker;

fn main() {}
