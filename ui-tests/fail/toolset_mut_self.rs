use steadfast::prelude::*;

struct Bank;

#[tool]
impl Bank {
    /// Pays.
    #[tool]
    fn pay(&mut self) {}

    /// Closes.
    #[tool]
    fn close(self) {}
}

fn main() {}
