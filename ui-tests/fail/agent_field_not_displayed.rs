use steadfast::prelude::*;

#[agent(model = "m", instructions = "Write about {about}.")]
struct Writer {
    about: Vec<String>,
}

fn main() {}
