use steadfast::prelude::*;

struct Bank;

#[tool]
impl Bank {
    /// Pays.
    #[tool]
    fn pay(&self) {}

    fn helper(&self) {}
}

#[agent(model = "m", tools = [Bank::helper])]
struct Banker;

fn main() {}
