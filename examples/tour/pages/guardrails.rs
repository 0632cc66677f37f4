//! "Guardrails": what looks at an input while the agent begins already, and stops it; here it is an agent itself.

use steadfast::{Judgement, RunErrorKind, prelude::*};

/// Watches over the subject.
#[agent(
    name = "Guardrail check",
    model = "gpt-5.6-luna",
    instructions = "Trip if the user asks you to do their math homework.",
    output = Judgement,
)]
struct NoHomework;

/// Keeps answers short.
#[guardrail]
fn no_novels(answer: String) -> Verdict {
    if answer.len() > 1000 { Verdict::trip("that is a novel") } else { Verdict::Pass }
}

#[agent(
    name = "Customer support agent",
    model = "gpt-5.6-luna",
    instructions = "You help customers with their questions.",
    input_guardrails = [NoHomework],
    output_guardrails = [no_novels],
)]
struct Support;

#[workflow]
pub(crate) async fn guardrails() -> Result<String> {
    match Support.run("Hello, can you help me solve for x: 2x + 3 = 11?").await {
        Ok(run) => Ok(run.output),
        Err(error) => match &error.kind {
            RunErrorKind::GuardrailTripped { guardrail, reason, .. } => Ok(format!("{guardrail} tripped: {reason}")),
            _ => Err(error.into()),
        },
    }
}
