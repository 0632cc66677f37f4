use std::{rc::Rc, time::Duration};
use steadfast::prelude::*;

#[workflow]
async fn weekend() -> u32 {
    let shared = Rc::new(1);
    workflow::sleep(Duration::from_secs(1)).await;
    *shared
}

fn main() {}
