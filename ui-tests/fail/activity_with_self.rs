use steadfast::prelude::*;

struct Bank;

impl Bank {
    #[activity]
    async fn charge(&self, cents: u32) -> Result<u32, ToolError> {
        Ok(cents)
    }
}

fn main() {}
