//! "Agents", output types: an answer is a type.

use steadfast::prelude::*;

/// An event in a calendar.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
struct CalendarEvent {
    name: String,
    date: String,
    participants: Vec<String>,
}

#[agent(
    name = "Calendar extractor",
    model = "gpt-5.6-luna",
    instructions = "Extract calendar events from text.",
    output = CalendarEvent,
)]
struct Extractor;

#[workflow]
pub(crate) async fn output() -> Result<String> {
    let event = Extractor.run("Ann and Bob meet for chess on 2026-12-01.").await?.output;
    Ok(format!("{} on {}, with {}", event.name, event.date, event.participants.join(" and ")))
}
