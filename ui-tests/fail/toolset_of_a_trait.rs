use steadfast::prelude::*;

struct Bank;

trait Pay {
    fn pay(&self);
}

#[tool]
impl Pay for Bank {
    /// Pays.
    #[tool]
    fn pay(&self) {}
}

fn main() {}
