use steadfast::prelude::*;

struct Bank;

#[tool]
impl Bank {
    /// Pays.
    fn pay(&self) {}
}

#[agent(model = "m", tools = [Bank])]
struct Banker;

fn main() {}
