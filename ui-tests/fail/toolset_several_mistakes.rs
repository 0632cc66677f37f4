use steadfast::prelude::*;

struct Bank;

#[tool]
impl Bank {
    #[tool(timout = "5s")]
    fn pay(&self, to: &str) {}

    /// Looks.
    #[tool]
    fn look(&self, #[arg(range(min = 2, max = 1))] at: u32) {}
}

#[agent(model = "m", tools = [Bank::pay])]
struct Banker;

fn main() {}
