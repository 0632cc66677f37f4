use steadfast::prelude::*;

struct Handle;

/// Searches the web.
#[tool]
fn search(query: String, handle: Handle) -> String {
    drop(handle);
    query
}

fn main() {}
