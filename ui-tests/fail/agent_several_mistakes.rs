use steadfast::prelude::*;

#[agent(instructions = "Hello {nam} and {}", tool = [], max_turns = "ten")]
struct Greeter {
    name: String,
}

#[workflow]
async fn greet(name: String) -> Result<String> {
    Ok(Greeter { name }.run("hi").await?.output)
}

fn main() {}
