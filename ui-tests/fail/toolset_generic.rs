use steadfast::prelude::*;

struct Bank<T>(T);

#[tool]
impl<T> Bank<T> {
    /// Pays.
    #[tool]
    fn pay(&self) {}
}

fn main() {}
