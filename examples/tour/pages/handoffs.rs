//! "Handoffs": another agent goes on; with an input, and a tool that is called on the way.

use steadfast::{filters::remove_all_tools, prelude::*};

#[agent(name = "Billing agent", model = "gpt-5.6-luna", instructions = "You answer questions about bills.")]
struct Billing;

#[agent(name = "Refund agent", model = "gpt-5.6-luna", instructions = "You refund orders.")]
struct Refunds;

#[agent(name = "Escalation agent", model = "gpt-5.6-luna", instructions = "You calm people down.")]
struct Escalations;

/// Notes why somebody is passed on. What the model gives to the handoff are its arguments.
#[tool]
fn on_escalation(reason: String) -> String {
    format!("noted: {reason}")
}

#[agent(
    name = "Triage agent",
    model = "gpt-5.6-luna",
    instructions = "Hand over to who can help.",
    handoffs = [Billing, Refunds, handoff(Escalations, on_handoff = on_escalation, filter = remove_all_tools)],
)]
struct Triage;

#[workflow]
pub(crate) async fn handoffs() -> Result<String> {
    let mut answers = Vec::new();
    for question in ["I want my money back for order 7.", "This is the third time! I want to talk to somebody."] {
        let run = Triage.run(question).await?;
        answers.push(format!("{}: {}", run.last_agent, run.output));
    }
    Ok(answers.join("\n"))
}
