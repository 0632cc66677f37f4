//! "Sessions": a conversation that goes on from run to run. It is a value: in a workflow it is as durable as all others.

use steadfast::{prelude::*, session::Session};

#[agent(model = "gpt-5.6-luna", instructions = "Reply very concisely.")]
struct Assistant;

#[workflow]
pub(crate) async fn sessions() -> Result<String> {
    let mut session = Session::new().at_most_items(40);
    let mut answers = Vec::new();
    for question in ["What city is the Golden Gate Bridge in?", "What state is it in?", "What's the population?"] {
        answers.push(Assistant.run(question).session(&mut session).await?.output);
    }
    Ok(answers.join(" / "))
}
