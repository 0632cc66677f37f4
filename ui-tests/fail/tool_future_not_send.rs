use steadfast::prelude::*;

/// Does something.
#[tool]
async fn search() -> u32 {
    let cache = std::rc::Rc::new(1);
    std::future::ready(()).await;
    *cache
}

fn main() {}
