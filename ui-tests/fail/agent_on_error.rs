use steadfast::{RunError, prelude::*};

#[derive(Deserialize, JsonSchema)]
struct Mute {
    said: String,
}

fn sorry(_: &RunError) -> Option<String> {
    Some("Sorry.".to_owned())
}

fn mute(_: &RunError) -> Option<Mute> {
    None
}

#[agent(model = "m", output = u32, on_error = sorry)]
struct Counter;

#[agent(model = "m", output = Mute, on_error = mute)]
struct Silent;

#[agent(model = "m", tool_not_found = "tell", metadata = { "a": "1", "a": "2", "": "3" }, on_error = "sorry")]
struct Talker;

#[agent(model = "m", metadata = { "a": 1 })]
struct Writer;

fn main() {}
