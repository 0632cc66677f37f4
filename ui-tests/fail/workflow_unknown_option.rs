use steadfast::prelude::*;

#[workflow(nmae = "write")]
async fn write() {}

fn main() {}
