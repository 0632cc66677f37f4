//! A model for when there is no key. It knows the agents of the pages by their instructions.

use serde_json::json;
use std::io;
use steadfast::testing::{Asked, ModelServer, Reply, ScriptedModel};

pub(crate) async fn start() -> io::Result<ModelServer> {
    ScriptedModel::answering(answer).start().await
}

fn answer(asked: &Asked) -> Reply {
    let user = asked.user_text().unwrap_or_default();
    let told: Vec<&str> = asked.input_items().iter().filter_map(|item| item["output"].as_str()).collect();
    let has_told = !told.is_empty();
    match asked.instructions().unwrap_or_default() {
        "Route each homework question to the right specialist." => Reply::call("transfer_to_history_tutor", json!({})),
        "You answer history questions clearly and concisely." => Reply::says("George Washington, from 1789 to 1797."),
        "Always respond in haiku form." if has_told => {
            Reply::says("Light on the river,\nno cloud between roof and roof:\nLisbon keeps its sun.")
        }
        "Always respond in haiku form." => Reply::call("get_weather", json!({"city": "Lisbon"})),
        "You are a helpful assistant." => {
            Reply::says("It calls its own name,\na smaller self each time, till\nthe base case answers.")
        }
        "Reply very concisely." => Reply::says(match user {
            "What city is the Golden Gate Bridge in?" => "San Francisco.",
            "What state is it in?" => "California.",
            "What's the population?" => "About 39 million.",
            _ => "I cannot know.",
        }),
        "First call the `how_many_jokes` tool, then tell that many jokes." if has_told => Reply::says(
            "A lock walked into a bar and never left. A race condition knocks; who is there? \
             The third joke was told by another thread.",
        ),
        "First call the `how_many_jokes` tool, then tell that many jokes." => Reply::call("how_many_jokes", json!({})),
        "You find a place for the day." if has_told => Reply::says("It is sunny, so take one with a terrace."),
        "You find a place for the day." => {
            Reply::item(json!({"type": "web_search_call", "id": "ws_1", "status": "completed"}))
                .and(Reply::call("fetch_weather", json!({"location": {"lat": 37.77, "long": -122.42}})))
        }
        "Extract calendar events from text." => {
            Reply::says_json(&json!({"name": "Chess", "date": "2026-12-01", "participants": ["Ann", "Bob"]}))
        }
        "Hand over to who can help." if user.contains("money") => Reply::call("transfer_to_refund_agent", json!({})),
        "Hand over to who can help." => {
            Reply::call("transfer_to_escalation_agent", json!({"reason": "calls for the third time"}))
        }
        "You refund orders." => Reply::says("Order 7 is being refunded."),
        "You calm people down." => Reply::says("I am sorry. Tell me all about it."),
        "Trip if the user asks you to do their math homework." => {
            Reply::says_json(&json!({"reason": "to solve an equation is homework", "tripped": true}))
        }
        "You help the user." if has_told => Reply::says("The user is 47 years old."),
        "You help the user." => Reply::call("fetch_user_age", json!({})),
        "You translate by your tools. If asked for several languages, call them all." if has_told => {
            Reply::says(told.join(" "))
        }
        "You translate by your tools. If asked for several languages, call them all." => {
            let input = json!({"input": "Hello, how are you?"});
            Reply::calls([("spanish_agent", input.clone()), ("french_agent", input)])
        }
        "You translate the message to Spanish." => Reply::says(match user {
            "Good morning" => "Buenos días",
            "Good night" => "Buenas noches",
            _ => "Hola, ¿cómo estás?",
        }),
        "You translate the message to French." => Reply::says("Bonjour, comment vas-tu ?"),
        "Handoff to the appropriate agent based on the language of the request." => {
            Reply::call("transfer_to_spanish_agent", json!({}))
        }
        "You only speak Spanish." => Reply::says("Muy bien, gracias."),
        _ => Reply::says("How can I help you?"),
    }
}
