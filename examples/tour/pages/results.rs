//! "Results": what a run leaves, and how to go on with it.

use steadfast::{model::Item, prelude::*};

#[agent(model = "gpt-5.6-luna", instructions = "Reply very concisely.")]
struct Assistant;

#[workflow]
pub(crate) async fn results() -> Result<String> {
    let first = Assistant.run("What city is the Golden Gate Bridge in?").await?;
    let mut conversation = first.conversation.clone();
    conversation.push(Item::user("What state is it in?"));
    let second = Assistant.run(conversation).await?;
    Ok(format!(
        "{} / {} (by {}, which added {} of {} items)",
        first.output,
        second.output,
        second.last_agent,
        second.items().len(),
        second.conversation.len()
    ))
}
