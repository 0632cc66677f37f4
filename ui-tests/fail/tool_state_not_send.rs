use steadfast::prelude::*;

/// Does something.
#[tool]
fn search(cache: State<std::rc::Rc<u32>>) -> u32 {
    **cache
}

fn main() {}
