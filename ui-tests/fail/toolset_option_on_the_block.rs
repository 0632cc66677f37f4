use steadfast::prelude::*;

struct Bank;

#[tool(timeout = "5s", retries = 1)]
impl Bank {
    /// Pays.
    #[tool]
    fn pay(&self) {}
}

fn main() {}
