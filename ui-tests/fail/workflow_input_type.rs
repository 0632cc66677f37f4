use steadfast::prelude::*;

struct Request;

#[workflow]
async fn weekend(request: Request) -> u32 {
    drop(request);
    1
}

fn main() {}
