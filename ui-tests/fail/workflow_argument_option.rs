use steadfast::prelude::*;

#[workflow]
async fn write(#[arg(default)] about: String) -> String {
    about
}

fn main() {}
