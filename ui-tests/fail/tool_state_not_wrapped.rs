use std::sync::Mutex;
use steadfast::prelude::*;

struct Pool(Mutex<u32>);

/// Counts rows.
#[tool]
fn count(pool: Pool) -> u32 {
    pool.0.into_inner().unwrap()
}

fn main() {}
