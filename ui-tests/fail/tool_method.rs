use steadfast::prelude::*;

struct Bank;

impl Bank {
    /// Reads the balance.
    #[tool]
    fn balance(&self) -> u32 {
        7
    }
}

fn main() {}
